import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DaybookError } from '../../schemas/errors.ts';
import { localBlobs } from '../blobs/index.ts';
import {
  type Configuration,
  cliKeyFile,
  loadConfiguration,
  openParts,
  type Parts,
  type Running,
  readRunning,
  withInfrastructure,
} from '../launcher/index.ts';

/** The Daybook of this directory, as the command line finds it. */
export interface Local {
  readonly configuration: Configuration;
  readonly running: Running;
}

/** Throws `log.unavailable` where nothing runs on the configured data directory. */
export function local(): Local {
  const configuration = loadConfiguration(process.env, process.cwd());
  const running = readRunning(configuration.dataDir);
  if (!running?.databaseUrl) {
    throw new DaybookError(
      'log.unavailable',
      `No Daybook runs on ${configuration.dataDir}. Start it with \`npm start\`, or set DAYBOOK_DATA_DIR to where it runs.`,
    );
  }
  return { configuration, running };
}

/** Opens log, contents and vault of the running Daybook for the time of `fn`. */
export async function withParts<Result>(
  { configuration, running }: Local,
  fn: (parts: Parts) => Promise<Result>,
): Promise<Result> {
  const parts = await openParts(
    configuration,
    {
      database: running.databaseUrl ?? '',
      ...(running.natsUrl === undefined ? {} : { nats: running.natsUrl }),
    },
    `cli-${process.pid}`,
  );
  try {
    return await fn(parts);
  } finally {
    await parts.close();
  }
}

/** Log, contents, vault and blobs of the running Daybook, or of one that is stopped. */
export function withKnowledge<Result>(
  fn: (parts: Pick<Parts, 'log' | 'contents' | 'vault' | 'blobs'>) => Promise<Result>,
): Promise<Result> {
  const { dataDir } = loadConfiguration(process.env, process.cwd());
  if (readRunning(dataDir)) return withParts(local(), fn);
  return withInfrastructure(process.env, process.cwd(), async ({ open }) => {
    const { log, vault, close } = await open(undefined, async () => {});
    try {
      const naming = await vault.secret('blob-names');
      const blobs = localBlobs({ directory: join(dataDir, 'blobs'), vault, naming });
      return await fn({ log, contents: log.contents, vault, blobs });
    } finally {
      await close();
    }
  });
}

/** Calls the running Daybook's API with the key that it keeps for this machine's command line. */
export const api = (here: Local, method: string, path: string, body?: unknown): Promise<Response> =>
  call(here, method, path, {
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });

export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Blob | FormData;
  readonly signal?: AbortSignal;
}

/** The same with a body as it is: one that can be sent again, should the gateway ask to wait. */
export async function call(
  { configuration, running }: Local,
  method: string,
  path: string,
  { headers = {}, body, signal }: CallOptions = {},
): Promise<Response> {
  const key = process.env['DAYBOOK_ADMIN_KEY'] || keyOf(configuration);
  if (running.url === undefined)
    throw new DaybookError('log.unavailable', 'No gateway runs on this data directory.');
  let response: Response;
  for (;;) {
    try {
      response = await fetch(`${running.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, ...headers },
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      throw new DaybookError(
        'log.unavailable',
        `The gateway at ${running.url} does not answer.`,
        {},
        { cause: error },
      );
    }
    const waitMs = path.startsWith('/api/') ? await limitedFor(response) : undefined;
    if (waitMs === undefined) break;
    process.stderr.write(
      `The gateway limits how often it is asked: waiting ${Math.ceil(waitMs / 1_000)} s.\n`,
    );
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
  if (response.ok) return response;
  const said: unknown = await response.json().catch(() => null);
  const text = sentenceOf(said) ?? `status ${response.status}`;
  throw new DaybookError(
    response.status >= 500
      ? 'log.unavailable'
      : response.status === 400
        ? 'request.invalid'
        : response.status === 404
          ? 'resource.not-found'
          : response.status === 429
            ? 'budget.exceeded'
            : 'command.rejected',
    text,
  );
}

/** Ms after which a management route is open again; undefined where it is not closed by a rate limit. */
async function limitedFor(response: Response): Promise<number | undefined> {
  if (response.status !== 429 || !response.headers.has('ratelimit')) return undefined;
  await response.arrayBuffer();
  return Number(response.headers.get('retry-after') ?? 1) * 1_000;
}

function keyOf({ dataDir }: Configuration): string {
  const file = cliKeyFile(dataDir);
  if (!existsSync(file))
    throw new DaybookError('auth.missing-key', `There is no key at ${file}; set DAYBOOK_ADMIN_KEY.`);
  return readFileSync(file, 'utf8').trim();
}

/** The one sentence of a problem, or of an error in OpenAI's shape. */
function sentenceOf(body: unknown): string | undefined {
  if (body === null || typeof body !== 'object') return undefined;
  if ('detail' in body && typeof body.detail === 'string') return body.detail;
  if ('error' in body && body.error !== null && typeof body.error === 'object' && 'message' in body.error)
    return String(body.error.message);
  return undefined;
}

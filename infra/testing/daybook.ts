import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { type Daybook, type StartOptions, startDaybook } from '../launcher/index.ts';

export const testAdminKey = 'test-admin-key-0123456789';

export interface RunningTestDaybook {
  readonly daybook: Daybook;
  readonly folder: string;
  readonly url: string;
  /** What was started again meanwhile. */
  readonly changes: string[];
  /** Calls with the admin key. */
  fetch(
    path: string,
    init?: { method?: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<Response>;
  json<Body>(
    path: string,
    init?: { method?: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<Body>;
  /** The answer to a query once `holds` says so; throws after `timeoutMs` (default 10,000). */
  eventually<Body>(path: string, holds: (body: Body) => boolean, timeoutMs?: number): Promise<Body>;
  stop(): Promise<void>;
}

/** Tests ask more often than people: unless the file says otherwise, management routes are not limited. */
function unhurried(config = ''): string {
  const document = parseDocument(config);
  const path = ['limits', 'rates', 'management'];
  if (!document.hasIn(path)) document.setIn([...path, 'user', 'requestsPerMinute'], null);
  return document.toString();
}

/** A whole Daybook with a folder of its own, its servers and processes included. */
export async function testDaybook(
  options: {
    config?: string;
    variables?: Record<string, string>;
    folder?: string;
    roles?: StartOptions['roles'];
  } = {},
): Promise<RunningTestDaybook> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'daybook-e2e-'));
  // Open to the account that Postgres runs under where we are root.
  chmodSync(folder, 0o755);
  const file = join(folder, 'daybook.yaml');
  if (options.config !== undefined || !existsSync(file)) writeFileSync(file, unhurried(options.config));
  const changes: string[] = [];
  const daybook = await startDaybook({
    variables: {
      PATH: process.env['PATH'],
      DAYBOOK_DATA_DIR: join(folder, 'data'),
      DAYBOOK_PORT: '0',
      DAYBOOK_ADMIN_KEY: testAdminKey,
      DAYBOOK_LOG_LEVEL: process.env['DAYBOOK_TEST_LOG_LEVEL'] ?? 'fatal',
      ...options.variables,
    },
    cwd: folder,
    onChange: (what) => changes.push(what),
    ...(options.roles ? { roles: options.roles } : {}),
  });
  const url = daybook.url ?? '';
  const call: RunningTestDaybook['fetch'] = (path, { method = 'GET', body, headers } = {}) =>
    fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${testAdminKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const json = async <Body>(path: string, init?: Parameters<typeof call>[1]): Promise<Body> => {
    const response = await call(path, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return JSON.parse(text) as Body;
  };
  return {
    daybook,
    folder,
    url,
    changes,
    fetch: call,
    json,
    async eventually<Body>(path: string, holds: (body: Body) => boolean, timeoutMs = 10_000) {
      const deadline = performance.now() + timeoutMs;
      for (;;) {
        const body = await json<Body>(path);
        if (holds(body)) return body;
        if (performance.now() > deadline)
          throw new Error(`${path} still says ${JSON.stringify(body).slice(0, 600)}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async stop() {
      await daybook.stop();
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The process that has the gateway, whatever else it does; throws while there is none. */
export function gatewayPid({ daybook }: Pick<RunningTestDaybook, 'daybook'>): number {
  const found = [...daybook.processes()].find(([name]) => name.split('+').includes('gateway'));
  if (!found) throw new Error('No gateway runs.');
  return found[1];
}

/** The master key that a Daybook made for itself: another gateway on the same servers needs it. */
const masterKeyOf = (folder: string): string =>
  readFileSync(join(folder, 'data', 'master.key'), 'utf8').trim();

/** Another gateway on the servers of `first`, as of the same installation; of its own config, if it is given one. */
export function secondGateway(first: RunningTestDaybook, config?: string): Promise<RunningTestDaybook> {
  const { nats, redis, database } = first.daybook.urls;
  return testDaybook({
    roles: ['gateway'],
    ...(config === undefined ? {} : { config }),
    variables: {
      DATABASE_URL: database,
      DAYBOOK_MASTER_KEY: masterKeyOf(first.folder),
      ...(nats === undefined ? { DAYBOOK_PROFILE: 'embedded' } : { NATS_URL: nats }),
      ...(redis === undefined ? {} : { REDIS_URL: redis }),
    },
  });
}

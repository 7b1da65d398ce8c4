import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { hideSecrets } from '../../bounded-contexts/kernel/index.ts';
import { type Environment, parseEnvironment } from '../../schemas/config/environment.ts';
import { type FileConfig, parseFileConfig } from '../../schemas/config/file.ts';
import { DaybookError } from '../../schemas/errors.ts';

export interface Configuration {
  readonly env: Environment;
  readonly file: FileConfig;
  /** Absolute. */
  readonly dataDir: string;
  readonly root: string;
}

export type Variables = Readonly<Record<string, string | undefined>>;

/** Reads environment and file, once. Throws `config.invalid` with every problem that it found. */
export function loadConfiguration(variables: Variables, cwd: string): Configuration {
  const env = parseEnvironment(variables);
  const path = resolve(cwd, env.DAYBOOK_CONFIG);
  let content: unknown = null;
  if (existsSync(path)) {
    const document = parseDocument(readFileSync(path, 'utf8'), { prettyErrors: true });
    const [problem] = document.errors;
    if (problem) throw new DaybookError('config.invalid', `${path} is not valid YAML: ${problem.message}`);
    content = document.toJS();
  } else if (variables['DAYBOOK_CONFIG']) {
    throw new DaybookError(
      'config.invalid',
      `DAYBOOK_CONFIG: got ${JSON.stringify(env.DAYBOOK_CONFIG)}, wants a file that exists.`,
    );
  }
  const dataDir = resolve(cwd, env.DAYBOOK_DATA_DIR);
  const file = parseFileConfig(content, variables);
  hideSecrets(...secretsOf(env, file));
  return { env, file, dataDir, root: cwd };
}

/** What no log may say, however it got into it. */
function secretsOf(env: Environment, file: FileConfig): (string | undefined)[] {
  const named = Object.entries(env).flatMap(([name, value]) =>
    /_KEY(_PREVIOUS)?$/.test(name) && typeof value === 'string' ? [value] : [],
  );
  const passwords = [env.NATS_URL, env.DATABASE_URL, env.REDIS_URL, env.EVENTSTORE_URL]
    .flatMap((urls) => (urls ?? '').split(','))
    .flatMap((url) => (URL.canParse(url) ? bothWays(new URL(url).password) : []));
  return [...named, ...passwords, ...file.providers.map(({ apiKey }) => apiKey)];
}

/** The file as it may be spoken of: of a secret only whether there is one. */
export const withoutSecrets = (file: FileConfig): Record<string, unknown> => ({
  ...file,
  providers: file.providers.map(({ apiKey, ...rest }) => ({ ...rest, apiKey: apiKey !== undefined })),
});

/** As it stands in an address, and as it is. */
function bothWays(encoded: string): string[] {
  try {
    return [encoded, decodeURIComponent(encoded)];
  } catch {
    return [encoded];
  }
}

/** What the environment says of the master key. */
export const masterKeyIn = ({ DAYBOOK_MASTER_KEY, DAYBOOK_MASTER_KEY_PREVIOUS }: Environment) => ({
  present: DAYBOOK_MASTER_KEY,
  previous: DAYBOOK_MASTER_KEY_PREVIOUS,
});

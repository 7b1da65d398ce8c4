import type { Environment } from '../../schemas/config/environment.ts';
import { DaybookError } from '../../schemas/errors.ts';
import type { Profile } from './data-dir.ts';

export interface Available {
  readonly natsServer: boolean;
  readonly redisServer: boolean;
}

const names: Readonly<Record<Profile['log'] | Profile['readStore'], string>> = {
  'nats-private': 'a private nats-server',
  'nats-url': 'the NATS of NATS_URL',
  postgres: 'the embedded log in Postgres',
  'postgres-embedded': 'the embedded Postgres',
  'postgres-url': 'the Postgres of DATABASE_URL',
};

/**
 * What each part runs on: an explicit URL, else a binary on PATH, else what is embedded; and what the data was
 * made with, wherever that is still possible. Throws `config.invalid` rather than start beside data that it
 * would not see. Counters are rebuilt from the log, so they take the best that there is.
 */
export function choose(env: Environment, available: Available, remembered: Profile | undefined): Profile {
  const embedded = env.DAYBOOK_PROFILE === 'embedded';
  const logNow =
    env.NATS_URL !== undefined ? 'nats-url' : available.natsServer && !embedded ? 'nats-private' : 'postgres';
  const readNow = env.DATABASE_URL !== undefined ? 'postgres-url' : 'postgres-embedded';
  const log = keep(remembered?.log, logNow, {
    'nats-private': available.natsServer && !embedded && env.NATS_URL === undefined,
    'nats-url': env.NATS_URL !== undefined,
    postgres: env.NATS_URL === undefined,
  });
  const readStore = keep(remembered?.readStore, readNow, {
    'postgres-embedded': env.DATABASE_URL === undefined,
    'postgres-url': env.DATABASE_URL !== undefined,
  });
  const counters =
    env.REDIS_URL !== undefined
      ? 'redis-url'
      : available.redisServer && !embedded
        ? 'redis-private'
        : 'in-process';
  return { log, readStore, counters };
}

function keep<Choice extends Profile['log'] | Profile['readStore']>(
  before: Choice | undefined,
  now: Choice,
  possible: Readonly<Record<Choice, boolean>>,
): Choice {
  if (before === undefined) return now;
  if (possible[before]) return before;
  throw new DaybookError(
    'config.invalid',
    `The data in this directory was made with ${names[before]}, and would not be seen with ${names[now]}. ` +
      'Start it as it was made, or move it first with `daybook log copy --from … --to …`, or choose another DAYBOOK_DATA_DIR.',
  );
}

import type { Configuration } from './configuration.ts';
import type { Assignment } from './messages.ts';
import type { Parts } from './parts.ts';
import { type Part, shownUrl } from './table.ts';

/** What each part of this process runs on, for the start table. */
export async function partsOf(
  { env, dataDir }: Configuration,
  parts: Parts,
  urls: Assignment['urls'],
  roles: Assignment['roles'],
): Promise<Part[]> {
  if (!roles.includes('gateway')) return [];
  const log = await parts.log.info();
  const { rows } = await parts.pool.query<{ version: string; directory: string }>(
    `select current_setting('server_version') as version, current_setting('data_directory', true) as directory`,
  );
  const postgres = rows[0]?.version.split(' ')[0] ?? '';
  const own = env.DATABASE_URL === undefined;
  return [
    {
      part: 'event log',
      runsOn:
        log.adapter === 'jetstream'
          ? `NATS JetStream${env.NATS_URL === undefined ? ', private' : ''}`
          : 'Postgres table, embedded',
      version: log.version,
      address: shownUrl(urls.nats ?? urls.database),
      durability: log.durability,
    },
    {
      part: 'read models, vault',
      runsOn: own ? 'Postgres, embedded' : 'Postgres',
      version: postgres,
      address: shownUrl(urls.database),
      durability: own ? `fsync on commit; files in ${rows[0]?.directory ?? dataDir}` : "the server's own",
    },
    urls.redis === undefined
      ? {
          part: 'counters',
          runsOn: 'this process',
          version: '',
          address: '',
          durability: 'rebuilt from the log at start',
        }
      : {
          part: 'counters',
          runsOn: env.REDIS_URL === undefined ? 'Redis, private' : 'Redis',
          version: '',
          address: shownUrl(urls.redis),
          durability: 'synced every second; whatever is lost is rebuilt from the log',
        },
    {
      part: 'master key',
      runsOn: parts.masterKeys.source === 'environment' ? 'DAYBOOK_MASTER_KEY' : 'file, mode 600',
      version: '',
      address: parts.masterKeys.source === 'environment' ? '' : parts.masterKeys.source,
      durability: 'none but your own copy',
    },
  ];
}

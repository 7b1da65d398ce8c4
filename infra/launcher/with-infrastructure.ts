import pg from 'pg';
import { type CopyableLog, openJetStreamLog, openPostgresLog } from '../event-log/index.ts';
import { migrate } from '../read-store/index.ts';
import { masterKeys, type PostgresVault, postgresVault } from '../vault/index.ts';
import { choose } from './choose.ts';
import { type Configuration, loadConfiguration, masterKeyIn, type Variables } from './configuration.ts';
import { claim, type Profile, readProfile, writeProfile } from './data-dir.ts';
import { available, startInfrastructure, type Urls } from './infrastructure.ts';

export interface OpenedTarget {
  readonly log: CopyableLog;
  readonly pool: pg.Pool;
  readonly vault: PostgresVault;
  close(): Promise<void>;
}

export interface OfflineParts {
  readonly configuration: Configuration;
  readonly urls: Urls;
  readonly profile: Profile;
  /** Opens log and vault; `epoch` is that of a log that is to be made, `fill` runs before the vault is read. */
  open(epoch: string | undefined, fill: (pool: pg.Pool) => Promise<void>): Promise<OpenedTarget>;
}

/**
 * Runs `fn` with the servers of a data directory, but without gateway and worker: for restores and copies.
 * `needNats`: start the private nats-server, too, whatever the log was made with.
 */
export async function withInfrastructure<Result>(
  variables: Variables,
  cwd: string,
  fn: (parts: OfflineParts) => Promise<Result>,
  needNats = false,
): Promise<Result> {
  const configuration = loadConfiguration(variables, cwd);
  const { env, dataDir } = configuration;
  const taken = claim(dataDir);
  try {
    const profile = choose(env, available(), readProfile(dataDir));
    writeProfile(dataDir, profile);
    const started = needNats ? { ...profile, log: 'nats-private' as const } : profile;
    const infrastructure = await startInfrastructure(configuration, started, () => {});
    const { urls } = infrastructure;
    taken.update({ children: infrastructure.children() });
    try {
      return await fn({
        configuration,
        urls,
        profile,
        async open(epoch, fill) {
          await migrate(urls.database);
          const pool = new pg.Pool({ connectionString: urls.database, max: 4 });
          pool.on('error', () => {});
          await fill(pool);
          const named = epoch === undefined ? {} : { epoch };
          const log =
            urls.nats === undefined
              ? await openPostgresLog({ url: urls.database, ...named })
              : await openJetStreamLog({ url: urls.nats, replicas: env.NATS_REPLICAS, ...named });
          return {
            log,
            pool,
            vault: postgresVault(pool, masterKeys(masterKeyIn(env), dataDir)),
            close: async () => {
              await log.close();
              await pool.end();
            },
          };
        },
      });
    } finally {
      await infrastructure.stop();
    }
  } finally {
    taken.release();
  }
}

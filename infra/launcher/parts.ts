import { join } from 'node:path';
import pg from 'pg';
import type { LedgerChannel } from '../../bounded-contexts/budgets/index.ts';
import type { SecretStore } from '../../bounded-contexts/governance/index.ts';
import type { Passwords } from '../../bounded-contexts/identity/index.ts';
import type { LiveStreams, Replies } from '../../bounded-contexts/inference/index.ts';
import {
  type AuditLog,
  type ContentLog,
  type EventLog,
  type PositionCodec,
  positionCodec,
  type StoredCommits,
  systemClock,
} from '../../bounded-contexts/kernel/index.ts';
import type { BlobStore, UploadStore, WorkQueue } from '../../bounded-contexts/knowledge/index.ts';
import { type CommandReply, commandReply } from '../../gateway/management/idempotency.ts';
import { localBlobs, localUploads } from '../blobs/index.ts';
import { openJetStreamLog, openPostgresLog } from '../event-log/index.ts';
import { natsLedgerChannel } from '../ledger-channel/index.ts';
import { jetStreamParts, keepMs, liveStreams, postgresParts } from '../live-streams/index.ts';
import { postgresPasswords } from '../passwords/index.ts';
import { postgresCheckpoints } from '../process-checkpoints/index.ts';
import { modelReply, postgresReplies } from '../replies/index.ts';
import {
  type MasterKeys,
  managedSecrets,
  masterKeys,
  type PostgresVault,
  postgresVault,
} from '../vault/index.ts';
import { jetStreamQueue, logQueue } from '../work-queue/index.ts';
import { type Configuration, masterKeyIn } from './configuration.ts';
import type { Assignment } from './messages.ts';

/** What every process of an installation holds, whatever its role. */
export interface Parts {
  readonly log: EventLog & StoredCommits;
  readonly audit: AuditLog;
  readonly contents: ContentLog;
  readonly channel: LedgerChannel | null;
  /** Of the vault; read models have connections of their own. */
  readonly pool: pg.Pool;
  readonly vault: PostgresVault;
  readonly positions: PositionCodec;
  readonly replies: Replies;
  readonly commandReplies: Replies<CommandReply>;
  readonly liveStreams: LiveStreams;
  readonly masterKeys: MasterKeys;
  readonly secrets: SecretStore;
  readonly passwords: Passwords;
  readonly blobs: BlobStore;
  readonly uploads: UploadStore;
  /** What asks to be ingested; each process that works on it opens one. */
  openQueue(): Promise<WorkQueue>;
  close(): Promise<void>;
}

type Urls = Assignment['urls'];

/** Opens log, vault and position codec. The migrations have run. */
export async function openParts(
  { env, dataDir }: Configuration,
  urls: Urls,
  instance: string,
): Promise<Parts> {
  const jetStream =
    urls.nats === undefined
      ? undefined
      : await openJetStreamLog({ url: urls.nats, replicas: env.NATS_REPLICAS, name: instance });
  const opened = jetStream ?? (await openPostgresLog({ url: urls.database, name: instance }));
  const pool = new pg.Pool({
    connectionString: urls.database,
    max: 8,
    connectionTimeoutMillis: 1_500,
    query_timeout: 5_000,
    keepAlive: true,
    application_name: `${instance} vault`,
  });
  // An idle connection that breaks is replaced; unheard, the event would end the process.
  pool.on('error', () => {});
  const keys = masterKeys(masterKeyIn(env), dataDir);
  const vault = postgresVault(pool, keys);
  const { epoch } = await opened.info();
  return {
    log: opened,
    contents: opened.contents,
    audit: opened.audit,
    channel: jetStream ? natsLedgerChannel(jetStream.connection) : null,
    pool,
    vault,
    positions: positionCodec(epoch, await vault.secret('position')),
    replies: postgresReplies(pool, vault, modelReply),
    commandReplies: postgresReplies(pool, vault, commandReply),
    liveStreams: liveStreams(
      jetStream
        ? await jetStreamParts(jetStream.connection, env.NATS_REPLICAS, keepMs)
        : postgresParts(pool, keepMs),
      vault,
    ),
    masterKeys: keys,
    secrets: managedSecrets(pool, keys),
    passwords: postgresPasswords(pool),
    blobs: localBlobs({
      directory: join(dataDir, 'blobs'),
      vault,
      naming: await vault.secret('blob-names'),
    }),
    uploads: localUploads({ directory: join(dataDir, 'uploads'), vault, clock: systemClock }),
    openQueue: async () =>
      jetStream
        ? jetStreamQueue({
            connection: jetStream.connection,
            streams: (await jetStream.info()).streams.map(({ name }) => name),
            name: 'daybook_ingestion',
          })
        : logQueue({ log: opened, checkpoints: postgresCheckpoints(pool), name: 'ingestion' }),
    close: async () => {
      await opened.close();
      await pool.end();
    },
  };
}

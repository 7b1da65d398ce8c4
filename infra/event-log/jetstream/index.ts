/**
 * The event log on NATS JetStream: one stream (or several, each with some of the partitions) for commits, and
 * as many for contents. Its door is `openJetStreamLog`.
 */
import { connect, type NatsConnection } from 'nats';
import type {
  AuditLog,
  ContentLog,
  EventLog,
  StoredCommits,
} from '../../../bounded-contexts/kernel/index.ts';
import { DaybookError, isDaybookError } from '../../../schemas/errors.ts';
import { ofApi } from './answers.ts';
import { jetStreamAudit } from './audit.ts';
import { jetStreamContents } from './contents.ts';
import { jetStreamLog } from './log.ts';
import { jetStreamStored } from './stored.ts';
import { ensureLayout, type Layout, verifyLayout } from './streams.ts';
import { durabilityOf, refuseUnsafeReplication } from './versions.ts';
import { wire } from './wire.ts';

export interface JetStreamOptions {
  /** `nats://[user:password@]host:port`, several separated by commas. */
  readonly url: string;
  /** Streams that the partitions are spread over; only for a log that is new. Default 1. */
  readonly streams?: number;
  /** Replicas of each stream; only for a log that is new. Default 1. */
  readonly replicas?: number;
  /** Prefix of the streams' names. Default `DAYBOOK`. Two logs in one NATS account are not possible. */
  readonly streamPrefix?: string;
  /** The epoch of a log that is new (a restore keeps its own); of an old one, the epoch that it must have. */
  readonly epoch?: string;
  /** Shown in the server's list of connections. */
  readonly name?: string;
  /** Silence after which an append throws `log.timeout`. Default 5,000 ms. */
  readonly ackTimeoutMs?: number;
}

export interface JetStreamLog extends EventLog, StoredCommits {
  readonly contents: ContentLog;
  readonly audit: AuditLog;
  /** The connection, for request-reply between Daybook's own processes. */
  readonly connection: NatsConnection;
}

/** Opens the log, making its streams where there are none. Throws `log.unavailable`, `log.unsafe-replication`. */
export async function openJetStreamLog(options: JetStreamOptions): Promise<JetStreamLog> {
  const { url, streamPrefix = 'DAYBOOK', name = 'daybook', ackTimeoutMs = 5000 } = options;
  const servers = url.split(',').map((one) => new URL(one.includes('://') ? one : `nats://${one}`));
  const first = servers[0] as URL;
  let connection: NatsConnection;
  try {
    connection = await connect({
      servers: servers.map((server) => server.host),
      name,
      ...(first.password
        ? { user: decodeURIComponent(first.username), pass: decodeURIComponent(first.password) }
        : {}),
      ...(first.username && !first.password ? { token: decodeURIComponent(first.username) } : {}),
      ...(first.protocol === 'tls:' ? { tls: {} } : {}),
      timeout: 2000,
      maxReconnectAttempts: -1,
      reconnectDelayHandler: () => 100,
      pingInterval: 2000,
      maxPingOut: 2,
      noAsyncTraces: true,
    });
  } catch (error) {
    throw new DaybookError(
      'log.unavailable',
      `No NATS server answers at ${first.host}.`,
      {},
      { cause: error },
    );
  }
  let layout: Layout | undefined;
  const version = connection.info?.version ?? 'unknown';
  /** By stream, the last sequence that was acknowledged to us. */
  const seen: number[] = [];
  const own = wire(connection, {
    timeoutMs: ackTimeoutMs,
    maxInFlight: 1024,
    maxInFlightBytes: 32 * 1024 * 1024,
    // The server may be another one than before, or have lost its data: look before anything is appended.
    async verify(api) {
      try {
        if (layout) await verifyLayout(api, layout, seen);
      } catch (error) {
        if (isDaybookError(error, 'log.history-changed')) own.fail(error);
        throw error;
      }
    },
  });
  try {
    if (options.replicas !== undefined) refuseUnsafeReplication(version, options.replicas);
    layout = await ensureLayout(own, { prefix: streamPrefix, ...options });
    refuseUnsafeReplication(version, layout.replicas);
  } catch (error) {
    await own.close();
    throw ofApi(error);
  }
  const log = jetStreamLog({
    connection,
    wire: own,
    layout,
    version,
    address: servers.map((server) => server.host).join(','),
    durability: durabilityOf(layout.replicas),
    seen,
  });
  return {
    ...log,
    ...jetStreamStored(connection, own, layout),
    contents: jetStreamContents(connection, own, layout),
    audit: jetStreamAudit(connection, own, layout, `${streamPrefix}_AUDIT`),
    connection,
  };
}

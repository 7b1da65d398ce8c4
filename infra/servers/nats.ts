import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { connect } from 'nats';
import { findBinary, freePort, type OwnServer, startServer } from './process.ts';

export interface NatsServer extends OwnServer {
  readonly url: string;
  readonly port: number;
  readonly version: string;
}

export interface NatsOptions {
  /** Holds configuration, log and JetStream's store. */
  readonly dir: string;
  readonly binary?: string;
  readonly port?: number;
  /** Sync to disk: `always`, or an interval such as `2m` (the server's default). 2.9 knows neither. */
  readonly sync?: string;
  /** Limit of JetStream's file storage in bytes; default: the server's (most of the disk). */
  readonly maxFileBytes?: number;
  readonly cluster?: {
    readonly name: string;
    readonly server: string;
    readonly port: number;
    readonly routes: readonly number[];
  };
}

/** `2.9.10` of `nats-server: v2.9.10`. */
export function natsVersion(binary: string): string {
  const text = execFileSync(binary, ['--version'], { encoding: 'utf8' });
  return /v(\d+\.\d+\.\d+)/.exec(text)?.[1] ?? 'unknown';
}

/** A private nats-server with JetStream on loopback. */
export async function startNats(options: NatsOptions): Promise<NatsServer> {
  const binary = options.binary ?? findBinary('nats-server');
  if (!binary) throw new Error('nats-server is not on PATH');
  const port = options.port ?? (await freePort());
  mkdirSync(options.dir, { recursive: true });
  const storage = [
    `  store_dir: ${JSON.stringify(join(options.dir, 'store'))}`,
    ...(options.maxFileBytes === undefined ? [] : [`  max_file_store: ${options.maxFileBytes}`]),
    ...(options.sync === undefined ? [] : [`  sync_interval: ${options.sync}`]),
  ];
  const cluster = options.cluster
    ? [
        `server_name: ${options.cluster.server}`,
        'cluster {',
        `  name: ${options.cluster.name}`,
        `  listen: 127.0.0.1:${options.cluster.port}`,
        // Clients are told of all servers by their URL; a proxy between is not to be passed by.
        '  no_advertise: true',
        `  routes: [${options.cluster.routes.map((route) => `nats://127.0.0.1:${route}`).join(', ')}]`,
        '}',
      ]
    : [];
  const config = join(options.dir, 'nats.conf');
  writeFileSync(
    config,
    [`listen: 127.0.0.1:${port}`, 'max_payload: 1MB', 'jetstream {', ...storage, '}', ...cluster, ''].join(
      '\n',
    ),
    { mode: 0o600 },
  );
  const url = `nats://127.0.0.1:${port}`;
  const server = await startServer({
    name: 'nats-server',
    command: binary,
    args: ['-c', config],
    logFile: join(options.dir, 'nats.log'),
    // It shares the machine with all others: threads beyond half of the cores only wait for each other.
    env: { GOMAXPROCS: String(Math.max(1, availableParallelism() >> 1)), ...process.env },
    stopSignal: 'SIGTERM',
    ready: async () => {
      const connection = await connect({ servers: url, timeout: 1000, reconnect: false });
      await connection.close();
    },
  });
  return { ...server, url, port, version: natsVersion(binary) };
}

import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { findBinary, freePort, type OwnServer, startServer } from './process.ts';

export interface RedisServer extends OwnServer {
  readonly url: string;
  readonly port: number;
  readonly version: string;
}

/** `7.0.15` of `Redis server v=7.0.15 …`. */
export function redisVersion(binary: string): string {
  const text = execFileSync(binary, ['--version'], { encoding: 'utf8' });
  return /v=(\d+\.\d+\.\d+)/.exec(text)?.[1] ?? 'unknown';
}

/** A private redis-server on loopback that keeps an append-only file in `dir`. */
export async function startRedis(options: {
  dir: string;
  binary?: string;
  port?: number;
}): Promise<RedisServer> {
  const binary = options.binary ?? findBinary('redis-server');
  if (!binary) throw new Error('redis-server is not on PATH');
  const port = options.port ?? (await freePort());
  mkdirSync(options.dir, { recursive: true });
  const server = await startServer({
    name: 'redis-server',
    command: binary,
    // Counters are rebuilt from the log whatever is lost, so one sync a second is enough.
    args: [
      '--bind',
      '127.0.0.1',
      '--port',
      String(port),
      '--dir',
      options.dir,
      '--appendonly',
      'yes',
      '--save',
      '',
    ],
    logFile: join(options.dir, 'redis.log'),
    ready: () => ping(port),
  });
  return { ...server, url: `redis://127.0.0.1:${port}`, port, version: redisVersion(binary) };
}

function ping(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: '127.0.0.1', port }, () => socket.write('PING\r\n'));
    socket.setTimeout(1000, () => socket.destroy(new Error('redis-server is silent')));
    socket.once('error', reject);
    socket.once('data', (data) => {
      socket.end();
      if (data.toString().startsWith('+PONG')) resolve();
      else reject(new Error(data.toString().trim()));
    });
  });
}

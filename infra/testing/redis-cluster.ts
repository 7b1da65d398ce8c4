import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findBinary, freePort, startServer } from '../servers/index.ts';
import { atEnd } from './index.ts';

/** A one-node Redis Cluster, which refuses a script whose keys lie in different slots. */
export async function testRedisCluster(): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'daybook-test-cluster-'));
  const port = await freePort();
  const server = await startServer({
    name: 'redis-server',
    command: findBinary('redis-server') as string,
    args: `--port ${port} --bind 127.0.0.1 --dir ${dir} --cluster-enabled yes --cluster-announce-ip 127.0.0.1 --cluster-port ${await freePort()} --save`
      .split(' ')
      .concat(''),
    logFile: join(dir, 'redis.log'),
    ready: async () => {
      const client = new Redis(port, { lazyConnect: true, retryStrategy: () => null });
      client.on('error', () => {});
      await client.connect();
      await client.ping();
      client.disconnect();
    },
  });
  atEnd(() => server.stop());
  const client = new Redis(port);
  await client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  while (!String(await client.call('CLUSTER', 'INFO')).includes('cluster_state:ok')) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  client.disconnect();
  const url = `redis://127.0.0.1:${port}`;
  return `${url},${url}`;
}

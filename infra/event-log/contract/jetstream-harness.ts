import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, type NatsServer, startNats } from '../../servers/index.ts';
import { type TcpProxy, tcpProxy } from '../../testing/tcp-proxy.ts';
import { type JetStreamLog, openJetStreamLog } from '../jetstream/index.ts';
import type { ContractLog, Harness } from './harness.ts';
import { eventually, soon } from './support.ts';

export interface JetStreamHarnessOptions {
  readonly binary?: string;
  readonly streams?: number;
  /** 1, or 3: a cluster of as many servers. Default 1. */
  readonly servers?: number;
}

/** One nats-server, or a cluster of them, in a folder of its own. */
export async function jetStreamHarness(options: JetStreamHarnessOptions = {}): Promise<Harness> {
  const { binary, streams = 1, servers = 1 } = options;
  const dir = mkdtempSync(join(tmpdir(), 'daybook-log-'));
  const ports = await Promise.all(Array.from({ length: servers }, freePort));
  const routes = await Promise.all(Array.from({ length: servers }, freePort));
  const folders = ports.map((_, index) => join(dir, `n${index}`));
  const proxies: TcpProxy[] = [];

  const start = (index: number): Promise<NatsServer> =>
    startNats({
      dir: folders[index] as string,
      port: ports[index] as number,
      ...(binary ? { binary } : {}),
      ...(servers > 1
        ? { cluster: { name: 'daybook', server: `n${index}`, port: routes[index] as number, routes } }
        : {}),
    });
  const startAll = () => Promise.all(ports.map((_, index) => start(index)));
  const stopAll = () => Promise.all(running.map((server) => server.stop()));

  let running = await startAll();
  const urlOf = (all: readonly number[]) => all.map((port) => `nats://127.0.0.1:${port}`).join(',');
  // A cluster that has just started has no leader yet.
  const openAt = (url: string): Promise<JetStreamLog> =>
    eventually(() => openJetStreamLog({ url, streams, replicas: servers }), 30_000);
  const open = (): Promise<ContractLog> => openAt(urlOf(ports));
  await (await open()).close();

  const leader = async (): Promise<number> => {
    if (servers === 1) return 0;
    const log = await openAt(urlOf(ports));
    try {
      // A server that has just come back lets questions about streams run into their time-out, or knows no leader.
      return await eventually(async () => {
        const { cluster } = await (await log.connection.jetstreamManager()).streams.info('DAYBOOK_ES_0');
        if (!cluster?.leader) throw new Error('the stream has no leader');
        return Number(cluster.leader.slice(1));
      }, 30_000);
    } finally {
      await log.close();
    }
  };

  return {
    open,
    async openFragile() {
      const proxy = await tcpProxy(ports[0] as number);
      proxies.push(proxy);
      const log = await openAt(urlOf([proxy.port]));
      return { log, loseAnswers: proxy.swallowAnswers, cut: proxy.cut, refuse: proxy.refuse };
    },
    async killAndRestart() {
      const index = await leader();
      await running[index]?.kill();
      // Long enough for others to take over, where there are others.
      if (servers > 1) await soon(3000);
      running[index] = await start(index);
    },
    async mark() {
      await stopAll();
      cpSync(dir, `${dir}-kept`, { recursive: true });
      running = await startAll();
      await (await open()).close();
    },
    async loseTail() {
      await Promise.all(running.map((server) => server.kill()));
      rmSync(dir, { recursive: true });
      cpSync(`${dir}-kept`, dir, { recursive: true });
      running = await startAll();
      await (await open()).close();
    },
    async recreate() {
      await Promise.all(running.map((server) => server.kill()));
      for (const folder of folders) rmSync(folder, { recursive: true });
      running = await startAll();
      await (await open()).close();
    },
    async openSmall() {
      const folder = mkdtempSync(join(dir, 'small-'));
      const port = await freePort();
      const own = { dir: folder, port, ...(binary ? { binary } : {}) };
      let small = await startNats({ ...own, maxFileBytes: 3_000_000 });
      const log = await openJetStreamLog({ url: small.url });
      return {
        log: { ...log, close: () => log.close().then(() => small.stop()) },
        async makeRoom() {
          await small.stop();
          small = await startNats({ ...own, maxFileBytes: 100_000_000 });
        },
      };
    },
    async close() {
      await Promise.all(proxies.map((proxy) => proxy.close()));
      await stopAll();
      rmSync(dir, { recursive: true, force: true });
      rmSync(`${dir}-kept`, { recursive: true, force: true });
    },
  };
}

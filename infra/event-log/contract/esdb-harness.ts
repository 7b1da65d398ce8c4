import { type EsdbServer, startEsdbServer } from '../../testing/esdb-server.ts';
import { type TcpProxy, tcpProxy } from '../../testing/tcp-proxy.ts';
import { openEsdbLog } from '../esdb/index.ts';
import type { ContractLog, Harness } from './harness.ts';

/** A server of our own that speaks EventStoreDB's Streams protocol. */
export async function esdbHarness(): Promise<Harness> {
  const server = await startEsdbServer();
  const small: EsdbServer[] = [];
  const proxies: TcpProxy[] = [];
  const open = (): Promise<ContractLog> => openEsdbLog({ url: server.url });
  await (await open()).close();
  let kept = 0;
  return {
    open,
    async openFragile() {
      const proxy = await tcpProxy(server.port);
      proxies.push(proxy);
      const log = await openEsdbLog({ url: server.url.replace(String(server.port), String(proxy.port)) });
      return { log, loseAnswers: proxy.swallowAnswers, cut: proxy.cut, refuse: proxy.refuse };
    },
    killAndRestart: server.restart,
    async mark() {
      kept = server.events.length;
    },
    async loseTail() {
      server.truncate(kept);
    },
    async recreate() {
      server.truncate(0);
      await (await open()).close();
    },
    async openSmall() {
      const own = await startEsdbServer();
      small.push(own);
      const log = await openEsdbLog({ url: own.url });
      own.limit(6);
      return { log, makeRoom: async () => own.limit(Number.POSITIVE_INFINITY) };
    },
    async close() {
      for (const proxy of proxies) await proxy.close();
      for (const one of [server, ...small]) await one.stop();
    },
  };
}

import { type TcpProxy, tcpProxy } from '../../testing/tcp-proxy.ts';
import { openEsdbLog } from '../esdb/index.ts';
import type { Harness } from './harness.ts';

/** A live EventStoreDB of one node, which keeps what the tests leave there. `url`: `esdb://…`, with one host. */
export async function esdbLiveHarness(url: string): Promise<Pick<Harness, 'open' | 'openFragile' | 'close'>> {
  const { before, host, port, after } = partsOf(url);
  const proxies: TcpProxy[] = [];
  const open = () => openEsdbLog({ url });
  await (await open()).close();
  return {
    open,
    async openFragile() {
      const proxy = await tcpProxy(port, host);
      proxies.push(proxy);
      // The wire that is cut is another host than the one that its certificate names.
      const option = after.includes('tls=false')
        ? ''
        : `${after.includes('?') ? '&' : '?'}tlsVerifyCert=false`;
      const log = await openEsdbLog({ url: `${before}127.0.0.1:${proxy.port}${after}${option}` });
      return { log, loseAnswers: proxy.swallowAnswers, cut: proxy.cut, refuse: proxy.refuse };
    },
    async close() {
      for (const proxy of proxies) await proxy.close();
    },
  };
}

function partsOf(url: string) {
  const match = /^(esdb:\/\/(?:[^@/]*@)?)([^:/?,]+)(?::(\d+))?((?:[/?].*)?)$/.exec(url);
  if (!match) throw new Error('EVENTSTORE_URL: the tests want esdb:// with one host');
  const [, before = '', host = '', port = '2113', after = ''] = match;
  return { before, host, port: Number(port), after };
}

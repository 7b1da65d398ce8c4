/**
 * One gateway of the ledger benchmark, in a thread of its own: its callers reserve and record a completion, as
 * fast as they are answered. Its message is the latencies of the reservations in ms.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { createLedgers } from '../../bounded-contexts/budgets/index.ts';
import { factWriter, systemClock, uuidv7 } from '../../bounded-contexts/kernel/index.ts';
import { openJetStreamLog } from '../event-log/index.ts';
import { natsLedgerChannel } from '../ledger-channel/index.ts';

export interface GatewayTask {
  readonly url: string;
  readonly writerId: string;
  readonly tenant: string;
  readonly callers: number;
  /** Unix ms between which calls begin. */
  readonly from: number;
  readonly until: number;
}

const { url, writerId, tenant, callers, from, until } = workerData as GatewayTask;
const scopes = ['tenant', 'user:u0000000001', 'key:k0000000001'];
const log = await openJetStreamLog({ url });
const channel = natsLedgerChannel(log.connection);
const ledgers = createLedgers({ log, clock: systemClock, writerId, channel });
const facts = factWriter({ log, clock: systemClock, actor: writerId });
const samples: number[] = [];

async function call(): Promise<void> {
  const reservation = uuidv7();
  const start = performance.now();
  const reserved = await ledgers.reserve(tenant, {
    reservation,
    scopes,
    amount: 1_000_000n,
    expiresAt: Date.now() + 600_000,
    actor: 'k0000000001',
  });
  samples.push(performance.now() - start);
  await facts.append(tenant, 'invocations', {
    type: 'invocation.completed',
    data: {
      invocation: reservation,
      trace: reservation,
      key: 'k0000000001',
      user: 'u0000000001',
      requestedModel: 'gpt-small',
      streamed: false,
      private: false,
      tier: 1,
      provider: 'bench',
      model: 'gpt-small',
      outcome: 'ok',
      input: 100,
      output: 50,
      cached: 0,
      reasoning: 0,
      cost: '900000',
      priceVersion: 'v1',
      latencyMs: 1,
      attempts: [],
      reserved: reserved.granted.toString(),
      scopes: [...reserved.scopes],
      day: reserved.day,
      dataSubject: 'u0000000001',
    },
  });
}

await new Promise((resolve) => setTimeout(resolve, from - Date.now()));
await Promise.all(
  Array.from({ length: callers }, async () => {
    while (Date.now() < until) await call();
  }),
);
parentPort?.postMessage(samples);
await ledgers.close();
await log.close();

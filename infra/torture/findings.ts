import { auditLedger } from '../../bounded-contexts/budgets/index.ts';
import { formatUsd, type Recorded, subjectOf } from '../../bounded-contexts/kernel/index.ts';
import { projections, projectors } from '../../projections/index.ts';
import { redisCounters } from '../counters/index.ts';
import { openJetStreamLog, verifyLog } from '../event-log/index.ts';
import type { Daybook } from '../launcher/index.ts';
import { connectReadStore } from '../read-store/index.ts';

/** What a caller was told with an answer. */
export interface Told {
  readonly invocation: string;
  readonly costUsd: string;
}

export interface FindingsOptions {
  readonly daybook: Daybook;
  readonly told: readonly Told[];
  readonly api: <Body>(path: string) => Promise<Body>;
}

/** Reservations outlive their call's 3 s by a grace; then the reaper needs a look or two. */
const mostWaitMs = 120_000;

/** Compares the log, the ledger, the read models and the counters with what callers were told. */
export async function findings({ daybook, told, api }: FindingsOptions): Promise<string[]> {
  const problems: string[] = [];
  const log = await openJetStreamLog({ url: daybook.urls.nats ?? '' });
  const store = connectReadStore({ url: daybook.urls.database });
  const counters = redisCounters(daybook.urls.redis ?? '');
  try {
    await until(
      async () => (await fetch(`${daybook.url}/ready`)).ok,
      30_000,
      'Daybook is not ready again',
      problems,
    );
    interface Spenders {
      data: { pendingUsd: string; postedUsd: string }[];
    }
    await until(
      async () =>
        (await api<Spenders>('/api/v1/budgets/top-spenders?scope=tenant&period=total')).data.every(
          (one) => one.pendingUsd === '0',
        ),
      mostWaitMs,
      'reservations are still pending',
      problems,
    );

    const { firstBreak } = await verifyLog(log);
    if (firstBreak)
      problems.push(`the log breaks at ${firstBreak.stream}/${firstBreak.sequence}: ${firstBreak.reason}`);

    const ledger: Recorded[] = [];
    for await (const recorded of log.read(subjectOf('default', 'ledger'), null)) ledger.push(recorded);
    const audit = auditLedger(ledger);
    for (const one of audit.breaks) problems.push(`the ledger: ${JSON.stringify(one)}`);
    if (audit.open > 0) problems.push(`${audit.open} reservations never ended`);
    const posted = audit.pools.get(`${subjectOf('default', 'ledger')} tenant:total`)?.posted ?? 0n;

    const costs = new Map<string, string>();
    for await (const { commit } of log.read(subjectOf('default', 'invocations'), null)) {
      for (const event of commit.events)
        if (event.type === 'invocation.completed') costs.set(event.data.invocation, event.data.cost);
    }
    for (const { invocation, costUsd } of told) {
      const cost = costs.get(invocation);
      if (cost === undefined) problems.push(`call ${invocation} was answered and is not on the log`);
      else if (formatUsd(BigInt(cost)) !== costUsd)
        problems.push(`call ${invocation} cost ${costUsd} and is recorded with ${formatUsd(BigInt(cost))}`);
    }

    await until(
      async () =>
        (await api<{ data: { lagCommits: number }[] }>('/api/v1/projections')).data.every(
          (one) => one.lagCommits === 0,
        ),
      60_000,
      'projections do not catch up',
      problems,
    );
    const { data } = await api<Spenders>('/api/v1/budgets/top-spenders?scope=tenant&period=total');
    if (data[0]?.postedUsd !== formatUsd(posted))
      problems.push(`the ledger posted ${formatUsd(posted)}, Postgres says ${data[0]?.postedUsd}`);
    const redis = await counters.read('default');
    const counted = [...redis]
      .filter(([key]) => /^cost:\{default\}:\d:monthly:/.test(key))
      .reduce((sum, [, value]) => sum + value, 0n);
    if (counted !== posted)
      problems.push(`the ledger posted ${formatUsd(posted)}, Redis says ${formatUsd(counted)}`);

    const all = projections({ store, log, contents: log.contents, counters });
    for (const name of [...projectors.map((one) => one.name), 'counters']) {
      const { differences } = await all.diff(name);
      if (differences === null || differences.length > 0)
        problems.push(`${name} differs from its rebuild: ${JSON.stringify(differences)}`);
    }
  } finally {
    await log.close();
    await counters.close();
    await store.close();
  }
  return problems;
}

async function until(
  holds: () => Promise<boolean>,
  timeoutMs: number,
  otherwise: string,
  problems: string[],
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds().catch(() => false))) {
    if (performance.now() > deadline) {
      problems.push(otherwise);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

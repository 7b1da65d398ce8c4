import { setTimeout as pause } from 'node:timers/promises';
import type { RetentionKind } from '../../../schemas/retention.ts';
import { type Clock, execute } from '../../kernel/index.ts';
import { type FollowOptions, followRetention } from './follow.ts';
import { retentionDecider, retentionSubject } from './policy.ts';

export interface RetentionOptions extends Omit<FollowOptions, 'changed'> {
  readonly clock: Clock;
  /** How many contents of a kind are of these days: from (inclusive; null: the first) to before (exclusive). */
  readonly count: (
    tenant: string,
    kind: RetentionKind,
    from: string | null,
    before: string,
  ) => Promise<number>;
  /** Runs `work` while no other process does; passes it over where one does. */
  readonly alone: (work: () => Promise<void>) => Promise<void>;
  /** Default: an hour. */
  readonly everyMs?: number;
}

export interface RetentionKeeper {
  /** Ends all that is due now. */
  execute(): Promise<void>;
  stop(): Promise<void>;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const actor = 'retention';

/** The first day (UTC) that is kept whole for `days`, seen from `now`. */
export const firstKept = (now: number, days: number): string =>
  new Date(now - days * dayMs).toISOString().slice(0, 10);

/**
 * Ends what is due: says so on the log, then destroys the keys of the periods. At start, every hour, and when
 * something is set; what was due while nothing ran is ended by the next look. In this order, since what is on the log
 * is carried out by every process that hears it, while a key that went without a word would come back with a restore.
 */
export function startRetention(options: RetentionOptions): RetentionKeeper {
  const { log, vault, clock, report, count, alone, everyMs = hourMs } = options;
  const stopping = new AbortController();
  let wake = () => {};
  const following = followRetention({ log, vault, report, changed: () => wake() });

  async function executeAll(): Promise<void> {
    for (const { tenant, kind, days, before: ended } of following.policies()) {
      if (days === null || stopping.signal.aborted) continue;
      const before = firstKept(clock(), days);
      if (ended !== null && before <= ended) continue;
      const data = { kind, before, contents: await count(tenant, kind, ended, before) };
      const subject = retentionSubject(tenant, kind);
      await execute(log, clock, subject, retentionDecider, { kind: 'execute', data }, { actor });
      await vault.endPeriods(tenant, kind, before);
    }
  }

  const running = (async () => {
    await following.ready;
    while (!stopping.signal.aborted) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await alone(executeAll).catch(report);
      await Promise.race([
        changed,
        pause(everyMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {}),
      ]);
    }
  })().catch(report);

  return {
    execute: () => alone(executeAll),
    async stop() {
      stopping.abort();
      await following.stop();
      await running;
    },
  };
}

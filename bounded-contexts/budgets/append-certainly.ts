import { DaybookError, isDaybookError } from '../../schemas/errors.ts';
import {
  type AppendOnceResult,
  appendOnce,
  type Commit,
  type EventLog,
  type Expected,
  type Subject,
} from '../kernel/index.ts';

const longestPauseMs = 1000;

/**
 * `appendOnce`, until the commit's fate is known: after a time-out nothing else may be decided on this ledger,
 * since the commit may still appear. So the identical bytes are tried again, for ever, and the ledger stands
 * still; its callers have deadlines of their own. Throws what is certain: the commit is not stored.
 *
 * `replicated`: the commit after the expected one is read back, since some replicated servers store commits
 * without looking at the expectation.
 */
export async function appendCertainly(
  log: EventLog,
  subject: Subject,
  commit: Commit,
  expected: Exclude<Expected, 'any'>,
  replicated: boolean,
  stopped: () => boolean,
): Promise<AppendOnceResult> {
  let doubt = false;
  for (let pause = 20; ; pause = Math.min(pause * 2, longestPauseMs)) {
    try {
      const result = await appendOnce(log, subject, commit, expected);
      if (!replicated || result.outcome === 'conflict') return result;
      doubt = true;
      const first = await log.after(subject, expected === 'none' ? null : expected);
      return first && first.commit.id !== commit.id ? { outcome: 'conflict', next: first } : result;
    } catch (error) {
      doubt ||= isDaybookError(error, 'log.timeout');
      if (!doubt || isDaybookError(error, 'log.history-changed')) throw error;
      if (stopped()) throw new DaybookError('gateway.stopping', undefined, {}, { cause: error });
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

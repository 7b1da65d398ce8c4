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
 */
export async function appendCertainly(
  log: EventLog,
  subject: Subject,
  commit: Commit,
  expected: Exclude<Expected, 'any'>,
  stopped: () => boolean,
): Promise<AppendOnceResult> {
  let doubt = false;
  for (let pause = 20; ; pause = Math.min(pause * 2, longestPauseMs)) {
    try {
      return await appendOnce(log, subject, commit, expected);
    } catch (error) {
      doubt ||= isDaybookError(error, 'log.timeout');
      if (!doubt || isDaybookError(error, 'log.history-changed')) throw error;
      if (stopped()) throw new DaybookError('gateway.stopping', undefined, {}, { cause: error });
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

import { DaybookError, isDaybookError } from '../../schemas/errors.ts';
import type { Commit } from './commit.ts';
import type { AppendOptions, EventLog, Expected, Recorded } from './event-log.ts';
import type { Position } from './position.ts';
import type { Subject } from './subjects.ts';

export type AppendOnceResult =
  | { readonly outcome: 'stored'; readonly position: Position }
  /** Another commit follows the expected one: refold from it and decide again. */
  | { readonly outcome: 'conflict'; readonly next: Recorded };

const pauseMs = [0, 20, 80, 250, 500];

/**
 * Appends to an aggregate's subject and settles every ambiguity, so that the answer is certain.
 *
 * A wrong expectation, a time-out and an ack marked duplicate may all mean that our commit is stored. The
 * leader's first message after the expected one decides: ours → stored; another's → conflict; nothing after a
 * time-out → the identical bytes are sent again, never a newly decided commit.
 *
 * Throws `log.unavailable` only where the commit is certainly not stored. Throws `log.timeout` when the log
 * stayed silent through all tries: then the commit may still appear, and only the identical commit may be tried
 * again. Throws `log.history-changed` where the log no longer has the expected commit.
 */
export async function appendOnce(
  log: EventLog,
  subject: Subject,
  commit: Commit,
  expected: Exclude<Expected, 'any'>,
  options: AppendOptions = {},
): Promise<AppendOnceResult> {
  let silence: unknown;
  // True once a send of ours may have reached the log without our knowing.
  let doubt = false;
  for (const pause of pauseMs) {
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    try {
      const result = await log.append(subject, commit, expected, options);
      if (result.outcome === 'appended') return { outcome: 'stored', position: result.position };
      if (result.outcome === 'duplicate') {
        // The command was stored before: by this very commit, or by an earlier decision of another process.
        const stored = await log.at(result.position);
        if (stored?.commit.id === commit.id) return { outcome: 'stored', position: stored.position };
        if (stored) return { outcome: 'conflict', next: stored };
      }
    } catch (error) {
      const unreachable = isDaybookError(error, 'log.unavailable');
      if (!isDaybookError(error, 'log.timeout') && !unreachable) throw error;
      if (unreachable && !doubt) throw error;
      doubt = true;
      silence = error;
    }
    try {
      const next = await log.after(subject, expected === 'none' ? null : expected);
      if (next?.commit.id === commit.id) return { outcome: 'stored', position: next.position };
      if (next) return { outcome: 'conflict', next };
    } catch (error) {
      if (!isDaybookError(error, 'log.timeout') && !isDaybookError(error, 'log.unavailable')) throw error;
      doubt = true;
      silence = error;
    }
  }
  // What the last try met does not matter: an earlier one may have been stored.
  if (doubt) throw new DaybookError('log.timeout', undefined, {}, { cause: silence });
  throw new DaybookError('log.history-changed', 'The log refuses the expectation, yet nothing follows it.');
}

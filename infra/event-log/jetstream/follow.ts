import type { NatsConnection } from 'nats';
import { isDaybookError } from '../../../schemas/errors.ts';
import { subjectMatcher } from '../filter.ts';
import { pause } from '../subscription.ts';
import { type Consumer, consume, type Delivered } from './consume.ts';
import { checkHistory, type StreamState } from './streams.ts';
import { ApiError, type Wire } from './wire.ts';

/** Some messages of a stream; all that match up to `through` have been seen. */
export interface Run {
  readonly messages: readonly Delivered[];
  readonly through: number;
  readonly caughtUp: boolean;
}

export interface FollowOptions {
  readonly connection: NatsConnection;
  readonly wire: Wire;
  readonly epoch: string;
  readonly stream: number;
  readonly name: string;
  /** Undefined: every message of the stream. */
  readonly filter: string | undefined;
  /** Whether the server filters. 2.9 refuses filters that name subjects beyond the stream's own. */
  readonly filteredByServer: boolean;
  readonly after: number;
  readonly batch: number;
  readonly idleMs: number;
  /** What arrives within so much time is taken together; 0: each as it comes. */
  readonly paceMs: number;
  /** Whether messages may end before their time (contents), so that a later beginning is no truncation. */
  readonly mayEnd: boolean;
  readonly signal: AbortSignal;
}

const noMessage = 10037;

/**
 * Follows one stream for ever: over restarts of the server and losses of the connection, from where it was.
 * Throws only `log.history-changed`. Where nothing matches, it moves on to the stream's end as its leader
 * knows it.
 */
export async function* follow(options: FollowOptions): AsyncGenerator<Run> {
  const { connection, wire, epoch, stream, name, filter, batch, idleMs, paceMs, mayEnd, signal } = options;
  const served = options.filteredByServer ? filter : undefined;
  const matches = filter !== undefined && served === undefined ? subjectMatcher(filter) : () => true;
  let through = options.after;
  let told = false;

  const look = async (): Promise<StreamState> => {
    const info = await wire.api<StreamState>(`STREAM.INFO.${name}`, {});
    checkHistory(info, epoch, stream, through, mayEnd);
    return info;
  };

  /** Where nothing matching follows `through`: the stream's end. */
  const quietEnd = async (): Promise<number | undefined> => {
    const { state } = await look();
    if (state.last_seq === through) return through;
    try {
      await wire.api(`STREAM.MSG.GET.${name}`, { seq: through + 1, next_by_subj: served ?? '>' });
      return undefined;
    } catch (error) {
      if (error instanceof ApiError && error.apiCode === noMessage) return state.last_seq;
      throw error;
    }
  };

  while (!signal.aborted) {
    let consumer: Consumer | undefined;
    try {
      await wire.whenUp(1000);
      await look();
      consumer = await consume(connection, wire, name, served, through + 1, batch, paceMs, signal);
      let idle = false;
      while (!signal.aborted && !consumer.broken) {
        // Who was told by a message that it was the last one need not ask whether it is.
        const taken = await consumer.take(batch, idle || told ? idleMs : 5);
        if (taken.length > 0) {
          const last = taken[taken.length - 1] as Delivered;
          through = last.sequence;
          told = served === undefined && last.pending === 0;
          idle = false;
          const messages = taken.filter((message) => matches(message.subject));
          yield { messages, through, caughtUp: told };
          continue;
        }
        if (signal.aborted || consumer.broken) break;
        idle = true;
        const end = await quietEnd();
        if (end === undefined) continue;
        if (end > through || !told) {
          through = end;
          told = true;
          yield { messages: [], through, caughtUp: true };
        }
      }
    } catch (error) {
      if (isDaybookError(error, 'log.history-changed')) {
        // Where it is the log that changed, and not a strange checkpoint, no one may append to it either.
        await wire.verify().catch(() => undefined);
        throw error;
      }
      if (!(error instanceof ApiError) && !isDaybookError(error)) throw error;
      await pause(200, signal);
    } finally {
      consumer?.close();
    }
  }
}

/**
 * One reading of the log for many readers of a process (docs/adr/0034): each commit is delivered and parsed
 * once, however many projectors and process managers follow it. It owns no events. Its door is `sharedReads`,
 * which makes of a log one whose subscriptions share; it passes the contract suite of every log.
 */
import {
  type Batch,
  type EventLog,
  type LogCheckpoint,
  parsePosition,
  type SubscribeOptions,
} from '../../../bounded-contexts/kernel/index.ts';
import { subjectMatcher } from '../filter.ts';
import { stoppable } from '../subscription.ts';
import { type Feed, type Reader, startFeed } from './feed.ts';

export interface SharedOptions {
  /** Default 16 MiB. */
  readonly maxBytes?: number;
  /** Told of the stored bytes of all that is read together, once each; see `SubscribeOptions`. */
  readonly onStored?: SubscribeOptions['onStored'];
}

const moved = (from: LogCheckpoint, { stream, through }: Batch): LogCheckpoint => [
  ...from.filter((of) => parsePosition(of).stream !== stream),
  through,
];

/** The same log, whose subscriptions read together where they are near the end, and alone where they are not. */
export function sharedReads<Log extends EventLog>(log: Log, options: SharedOptions = {}): Log {
  const { maxBytes = 16 * 1024 * 1024, onStored } = options;
  let current: Feed | undefined;

  const feedNow = (): Feed => {
    if (current) return current;
    const made = startFeed(log, {
      maxBytes,
      ...(onStored ? { onStored } : {}),
      onEnd: () => {
        if (current === made) current = undefined;
      },
    });
    current = made;
    return made;
  };

  async function* read(
    filter: string,
    start: LogCheckpoint,
    subscribeOptions: SubscribeOptions,
    signal: AbortSignal,
  ): AsyncGenerator<Batch> {
    let from = start;
    /** Streams whose part of `from` was read off the log itself. */
    const seen = new Set<number>();
    while (!signal.aborted) {
      const feed = feedNow();
      const reader: Reader = { at: feed.place(from, seen) };
      feed.enter(reader);
      try {
        if (reader.at === undefined) {
          const alone = log.subscribe(filter, from, subscribeOptions);
          const abort = () => void alone.stop();
          signal.addEventListener('abort', abort);
          if (signal.aborted) abort();
          try {
            for await (const batch of alone) {
              from = moved(from, batch);
              seen.add(batch.stream);
              yield batch;
              reader.at = feed.place(from, seen);
              if (reader.at !== undefined || feed.failure) break;
            }
          } finally {
            signal.removeEventListener('abort', abort);
            await alone.stop();
          }
        }
        if (reader.at === undefined) continue;
        for await (const batch of together(feed, reader, filter, subscribeOptions, signal)) {
          from = moved(from, batch);
          seen.add(batch.stream);
          yield batch;
        }
      } finally {
        feed.leave(reader);
      }
    }
  }

  return {
    ...log,
    subscribe: (filter, from, subscribeOptions = {}) =>
      stoppable((signal) => [read(filter, from, subscribeOptions, signal)]),
  };
}

/** Serves a reader from the feed until it is too slow for it. */
async function* together(
  feed: Feed,
  reader: Reader,
  filter: string,
  { maxCommits = 1000, idleMs = 100 }: SubscribeOptions,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  const matches = subjectMatcher(filter);
  const at = reader.at as Map<number, number>;
  /** By stream: how far, and that it has caught up, was told; and when. */
  const told = new Map([...at.keys()].map((stream) => [stream, { sequence: -1, caughtUp: false, at: 0 }]));
  while (!signal.aborted) {
    if (feed.failure) throw feed.failure.error;
    if (!feed.holds(at)) return;
    let waitMs = Number.POSITIVE_INFINITY;
    let served = false;
    for (const [stream, window] of feed.windows) {
      const said = told.get(stream);
      const sequence = at.get(stream);
      if (!said || sequence === undefined) continue;
      const fresh = window.end > sequence;
      if (!fresh && said.sequence >= sequence && (said.caughtUp || !window.caughtUp)) continue;
      // Who was ahead of the feed, having read alone, waits for it.
      if (window.end < sequence) continue;
      const taken = window.take(sequence, matches, maxCommits);
      at.set(stream, taken.sequence);
      const rest = said.at + idleMs - performance.now();
      // Others' commits: told now and then, not for each of them.
      if (taken.commits.length === 0 && rest > 0) {
        waitMs = Math.min(waitMs, rest);
        continue;
      }
      said.sequence = taken.sequence;
      said.caughtUp = window.caughtUp && taken.sequence === window.end;
      said.at = performance.now();
      served = true;
      yield { stream, commits: taken.commits, through: taken.through, caughtUp: said.caughtUp };
    }
    // Whoever was served took its time, in which more may have come.
    if (!served) await feed.changed(waitMs, signal);
  }
}

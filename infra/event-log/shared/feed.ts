import {
  type EventLog,
  everything,
  type LogCheckpoint,
  parsePosition,
  position,
  type SubscribeOptions,
  type Subscription,
  sequenceOf,
} from '../../../bounded-contexts/kernel/index.ts';
import { pause } from '../subscription.ts';
import { newWindow, type Window } from './window.ts';

/** One who reads from the feed. `at` is undefined while it reads alone. */
export interface Reader {
  /** By stream, the sequence up to which it has been served. */
  at: Map<number, number> | undefined;
}

/** The newest commits of the whole log, read once for all readers of a process. */
export interface Feed {
  readonly windows: ReadonlyMap<number, Window>;
  /** What ended it. */
  readonly failure: { readonly error: unknown } | undefined;
  /**
   * Where a reader at `from` stands in each stream, if all that follows is held; else undefined. Positions
   * beyond the end are taken on trust only in streams of which it has read them off the log itself (`seen`): that
   * another stream was read says nothing of one that lost its end.
   */
  place(from: LogCheckpoint, seen: ReadonlySet<number>): Map<number, number> | undefined;
  /** Whether all that follows these sequences is held. */
  holds(at: ReadonlyMap<number, number>): boolean;
  enter(reader: Reader): void;
  /** The last who leaves ends it. */
  leave(reader: Reader): void;
  /** Resolves with the next batch, after `ms`, or when the signal comes. */
  changed(ms: number, signal: AbortSignal): Promise<void>;
}

export interface FeedOptions {
  /** Bytes of stored commits that are kept for slow readers; who is slower than that reads alone. */
  readonly maxBytes: number;
  readonly onStored?: SubscribeOptions['onStored'];
  readonly onEnd: () => void;
}

const retryMs = 200;
/** A read with `?after=` waits so much longer, and each process is woken 50 times a second instead of thousands. */
const paceMs = 20;
/** Readers that only wait look again so often; a batch wakes them at once. */
const longestWaitMs = 1000;

export function startFeed(log: EventLog, { maxBytes, onStored, onEnd }: FeedOptions): Feed {
  const windows = new Map<number, Window>();
  const readers = new Set<Reader>();
  const waiting = new Set<() => void>();
  const controller = new AbortController();
  let epoch = '';
  let failure: { readonly error: unknown } | undefined;
  let subscription: Subscription | undefined;

  const wake = () => {
    for (const resume of [...waiting]) resume();
  };

  /** From the present end of each stream. */
  async function begin(): Promise<Subscription | undefined> {
    while (!controller.signal.aborted) {
      const info = await log.info().catch(() => undefined);
      if (controller.signal.aborted) return undefined;
      if (info) {
        ({ epoch } = info);
        for (const { stream, last } of info.streams) {
          windows.set(
            stream,
            newWindow(last ?? position(epoch, stream, 0), last === null ? 0 : sequenceOf(last)),
          );
        }
        return log.subscribe(
          everything,
          info.streams.flatMap(({ last }) => (last === null ? [] : [last])),
          { paceMs, ...(onStored ? { onStored } : {}) },
        );
      }
      await pause(retryMs, controller.signal);
    }
    return undefined;
  }

  async function run(): Promise<void> {
    try {
      subscription = await begin();
      if (!subscription) return;
      for await (const batch of subscription) {
        windows.get(batch.stream)?.push(batch);
        trim(batch.stream);
        wake();
      }
    } catch (error) {
      failure = { error };
    } finally {
      onEnd();
      wake();
    }
  }

  /** Forgets what all have had. Whoever reads alone may want to join: for them, all that there is room for. */
  function trim(stream: number): void {
    const window = windows.get(stream) as Window;
    let least = window.end;
    for (const { at } of readers) least = at === undefined ? 0 : Math.min(least, at.get(stream) ?? 0);
    window.trim(least);
    window.limit(maxBytes / windows.size);
  }

  const holds = (at: ReadonlyMap<number, number>): boolean => {
    for (const [stream, window] of windows) if ((at.get(stream) ?? 0) < window.start) return false;
    return windows.size > 0;
  };

  const feed: Feed = {
    windows,
    get failure() {
      return failure;
    },
    place(from, seen) {
      const at = new Map([...windows.keys()].map((stream) => [stream, 0]));
      for (const of of from) {
        const parts = parsePosition(of);
        const window = windows.get(parts.stream);
        if (!window || parts.epoch !== epoch) return undefined;
        if (parts.sequence > window.end && !seen.has(parts.stream)) return undefined;
        at.set(parts.stream, parts.sequence);
      }
      return holds(at) ? at : undefined;
    },
    holds,
    enter(reader) {
      readers.add(reader);
    },
    leave(reader) {
      readers.delete(reader);
      if (readers.size > 0) return;
      controller.abort();
      onEnd();
      void subscription?.stop();
    },
    changed: (ms, signal) =>
      new Promise((resolve) => {
        const end = () => {
          clearTimeout(timer);
          waiting.delete(end);
          signal.removeEventListener('abort', end);
          resolve();
        };
        const timer = setTimeout(end, Math.min(ms, longestWaitMs));
        waiting.add(end);
        signal.addEventListener('abort', end);
      }),
  };
  void run();
  return feed;
}

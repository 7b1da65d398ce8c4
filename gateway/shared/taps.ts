import type {
  LivePart,
  LivePlace,
  LiveStreams,
  Replies,
  ReplyPlace,
} from '../../bounded-contexts/inference/index.ts';
import { group } from '../../bounded-contexts/kernel/index.ts';

/** What is known of an answer once it is recorded. */
export interface Answered {
  readonly contentType: string;
  readonly invocation: string;
  readonly tier: number;
  readonly provider: string;
  readonly model: string;
  /** Nano-dollars. */
  readonly cost: bigint;
}

/** Hears an answer beside its caller. */
export interface Tap {
  /** A part of the body: of a stream, one event. May ask to wait, by a promise, for a slow store. */
  write(text: string): Promise<void> | undefined;
  /** Before the answer's clean end. */
  finish(answered: Answered): Promise<void>;
  /** There is no whole answer; `text` is the error event that says why, in the dialect. */
  fail(text: string): Promise<void>;
}

/** Longer answers are not kept. */
const mostKept = 2 * 1024 * 1024;

/** Keeps the answer, to be given again. */
export function keeper(
  replies: Replies,
  place: ReplyPlace,
  options: {
    readonly request: string;
    readonly subject: string;
    readonly forMs: number;
    readonly invocation: string;
  },
): Tap {
  let parts: string[] = [];
  let size = 0;
  return {
    write(text) {
      size += text.length;
      if (size <= mostKept) parts.push(text);
      else parts = [];
      return undefined;
    },
    async finish({ cost, ...answered }) {
      if (size > mostKept) return replies.drop(place, options.invocation);
      await replies.keep(place, { ...answered, cost: cost.toString(), body: parts.join('') }, options);
    },
    fail: () => replies.drop(place, options.invocation),
  };
}

const aliveMs = 2_000;
/** More that waits for the store is waited for: nobody's reading may hold back a stream whose reader has gone. */
const mostWaiting = 1024 * 1024;

/** Keeps a stream's events as they are delivered, many in one part, for readers who come back. */
export function liveTap(
  streams: LiveStreams,
  place: LivePlace,
  ifCutOff: () => string,
  onError: (error: unknown) => void,
): Tap {
  let number = 1;
  let lastAt = performance.now();
  const parts = group<string | null, void>({
    maxItems: 512,
    maxBytes: 256 * 1024,
    async write(items) {
      const events = items.filter((item) => item !== null);
      const part: LivePart = { from: number, events, ended: false, ifCutOff: ifCutOff() };
      number += events.length;
      lastAt = performance.now();
      await streams.append(place, part);
    },
  });
  let waiting = 0;
  const add = (item: string | null): Promise<void> => {
    const size = item?.length ?? 0;
    waiting += size;
    return parts
      .add(item, size)
      .catch(onError)
      .finally(() => {
        waiting -= size;
      });
  };
  // The first part says that there is such a stream, before its caller is told so.
  const alive = setInterval(() => {
    if (performance.now() - lastAt >= aliveMs) void add(null);
  }, aliveMs);
  const end = async (text: string | undefined) => {
    clearInterval(alive);
    if (text !== undefined) void add(text);
    await parts.drained();
    await streams
      .append(place, { from: number, events: [], ended: true, ifCutOff: ifCutOff() })
      .catch(onError);
  };
  return {
    write(text) {
      const written = add(text);
      return waiting > mostWaiting ? written : undefined;
    },
    finish: () => end(undefined),
    fail: end,
  };
}

import { merge } from './merge.ts';

export interface Stoppable<T> extends AsyncIterable<T> {
  stop(): Promise<void>;
}

/**
 * An iteration that can be ended from outside. `sources` get a signal at which they have to end by themselves:
 * a generator that waits cannot be ended in any other way.
 */
export function stoppable<T>(sources: (signal: AbortSignal) => readonly AsyncGenerator<T>[]): Stoppable<T> {
  const controller = new AbortController();
  let merged: AsyncGenerator<T> | undefined;
  let waiting: Promise<unknown> = Promise.resolve();
  const done = { done: true, value: undefined } as const;

  const end = async () => {
    controller.abort();
    // Whoever waits for the next batch gets its end; whoever has one in hand asks no more.
    await waiting.catch(() => undefined);
    await merged?.return(undefined);
  };

  return {
    stop: end,
    [Symbol.asyncIterator]() {
      return {
        async next() {
          if (controller.signal.aborted) return done;
          merged ??= merge(sources(controller.signal), () => controller.abort());
          const step = merged.next();
          waiting = step;
          return step;
        },
        async return() {
          await end();
          return done;
        },
      };
    },
  };
}

/** Resolves after `ms`, or at once when the signal comes. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}

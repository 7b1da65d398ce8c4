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
  let running: Promise<void> = Promise.resolve();
  return {
    async stop() {
      controller.abort();
      await running;
    },
    [Symbol.asyncIterator]() {
      const merged = merge(sources(controller.signal));
      const ended = Promise.withResolvers<void>();
      running = ended.promise;
      const done = { done: true, value: undefined } as const;
      return {
        async next() {
          try {
            const result = controller.signal.aborted ? await merged.return(undefined) : await merged.next();
            if (result.done) ended.resolve();
            return result;
          } catch (error) {
            controller.abort();
            ended.resolve();
            throw error;
          }
        },
        async return() {
          controller.abort();
          await merged.return(undefined);
          ended.resolve();
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

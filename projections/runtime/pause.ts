/** Resolves after `ms`, or at once when the signal comes. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}

const busyItems = 8;
const manyItems = 64;
const quietMs = 5;
const busyMs = 100;
const manyMs = 250;

/**
 * The pause between two batches of a live projector. On a quiet log none to speak of; on a busy one so long
 * that what arrives meanwhile shares the next transaction: a write to a socket costs more than a row.
 */
export function gather(items: number, caughtUp: boolean, signal: AbortSignal): Promise<void> {
  // A batch like this is of a backlog: the next one waits already.
  if (!caughtUp && items >= fullItems) return Promise.resolve();
  return pause(items < busyItems ? quietMs : items < manyItems ? busyMs : manyMs, signal);
}

const fullItems = 800;

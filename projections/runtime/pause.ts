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
const quietMs = 5;
const busyMs = 100;

/**
 * The pause between two batches of a live projector. On a quiet log none to speak of; on a busy one so long
 * that what arrives meanwhile shares the next transaction: a write to a socket costs more than a row.
 */
export const gather = (items: number, signal: AbortSignal): Promise<void> =>
  items >= fullItems ? Promise.resolve() : pause(items < busyItems ? quietMs : busyMs, signal);

/** A batch like this is of a backlog: the next one waits already. */
const fullItems = 800;

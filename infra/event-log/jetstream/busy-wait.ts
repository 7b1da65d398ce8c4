import { availableParallelism } from 'node:os';

/** Longest wait for one answer, in ms; where answers take longer, sleeping costs nothing. */
const longestMs = 0.25;
/** With more under way there is other work for the thread, and it is awake anyway. */
const few = 2;
/** Weight of the newest answer in how long they take lately. */
const newest = 1 / 16;

export interface BusyWait {
  /** A request has just left. */
  sent(): void;
  /** One was answered, after so many ms. */
  answered(ms: number): void;
}

/**
 * Turns the event loop while an answer is on its way, in place of sleeping until it comes: a log on the same machine
 * answers sooner than a thread that sleeps is woken. What sockets of Linux do with SO_BUSY_POLL, bounded likewise. It ends
 * with the answer, after a quarter of a millisecond, or when more than a few wait; where answers take longer lately (a log
 * far away, a disk that is waited for, load) or there is one core, it does nothing.
 */
export function busyWait(waiting: () => number, cores = availableParallelism()): BusyWait {
  let busy = false;
  let until = 0;
  let latelyMs = 0;

  const look = () => {
    const left = waiting();
    if (left === 0 || left > few || performance.now() > until) busy = false;
    else setImmediate(look);
  };

  return {
    sent() {
      if (cores < 2 || latelyMs > longestMs || waiting() > few) return;
      until = performance.now() + longestMs;
      if (busy) return;
      busy = true;
      setImmediate(look);
    },
    answered(ms) {
      // A single late one does not say that they are slow.
      latelyMs += (Math.min(ms, 2 * longestMs) - latelyMs) * newest;
    },
  };
}

/**
 * Group commit: what arrives while a write is in flight goes out together in the next one. No timer, no added
 * latency when idle, and the batch grows with the load.
 */
export interface Group<Item, Result> {
  /** Resolves with the result of the write that carried `item`; rejects with that write's error. */
  add(item: Item, bytes: number): Promise<Result>;
  readonly waiting: number;
  /** Resolves when all that was added has been written or refused. */
  drained(): Promise<void>;
}

export interface GroupOptions<Item, Result> {
  /** Writes one batch; its result is every member's result. */
  readonly write: (items: readonly Item[]) => Promise<Result>;
  /** Most items and bytes in a batch. */
  readonly maxItems: number;
  readonly maxBytes: number;
  /** Writes that may be in flight at the same time. Default 1. */
  readonly concurrency?: number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly bytes: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export function group<Item, Result>(options: GroupOptions<Item, Result>): Group<Item, Result> {
  const { write, maxItems, maxBytes, concurrency = 1 } = options;
  let queue: Waiting<Item, Result>[] = [];
  let inFlight = 0;
  let scheduled = false;
  const idle: (() => void)[] = [];

  const take = (): Waiting<Item, Result>[] => {
    let bytes = 0;
    let count = 0;
    for (const waiting of queue) {
      if (count >= maxItems || (count > 0 && bytes + waiting.bytes > maxBytes)) break;
      bytes += waiting.bytes;
      count++;
    }
    if (count === queue.length) {
      const all = queue;
      queue = [];
      return all;
    }
    return queue.splice(0, count);
  };

  // Async, so that a write that throws at once is a refusal like any other.
  const attempt = async (batch: readonly Waiting<Item, Result>[]) =>
    write(batch.map((waiting) => waiting.item));

  const pump = () => {
    scheduled = false;
    while (inFlight < concurrency && queue.length > 0) {
      const batch = take();
      inFlight++;
      attempt(batch)
        .then(
          (result) => {
            for (const waiting of batch) waiting.resolve(result);
          },
          (error: unknown) => {
            for (const waiting of batch) waiting.reject(error);
          },
        )
        .finally(() => {
          inFlight--;
          pump();
          if (inFlight === 0 && queue.length === 0) for (const done of idle.splice(0)) done();
        });
    }
  };

  return {
    add: (item, bytes) =>
      new Promise<Result>((resolve, reject) => {
        queue.push({ item, bytes, resolve, reject });
        // A tick's worth of arrivals share the first batch, too.
        if (!scheduled && inFlight < concurrency) {
          scheduled = true;
          setImmediate(pump);
        }
      }),
    get waiting() {
      return queue.length;
    },
    drained: () =>
      inFlight === 0 && queue.length === 0
        ? Promise.resolve()
        : new Promise<void>((resolve) => idle.push(resolve)),
  };
}

import { aggregates, type EventLog, parseSubject, type Recorded } from '../kernel/index.ts';

/** Nobody waits for where it stands: what is new is told at once, and this is only how often it asks where the end is, in ms. */
const quietMs = 2_000;

export interface Following {
  /** Resolves once all that was on the log at start was heard. */
  readonly ready: Promise<void>;
  stop(): Promise<void>;
}

/**
 * Hears every commit of some families of aggregates, in the order of each aggregate, and then says whose tenant's it
 * was. A filter names one family, and the oldest servers know one filter a reading: so there is one reading a family.
 */
export function followFamilies(
  log: EventLog,
  families: Readonly<Record<string, (recorded: Recorded) => void>>,
  changed: (tenant: string) => void,
  onError: (error: unknown) => void,
): Following {
  const readings = Object.entries(families).map(([family, hear]) => {
    const subscription = log.subscribe(aggregates(family), [], { idleMs: quietMs });
    const ready = Promise.withResolvers<void>();
    const running = (async () => {
      // One stream after another may be behind: ready when each stream that spoke has caught up.
      const behind = new Set((await log.info()).streams.map((stream) => stream.stream));
      for await (const batch of subscription) {
        for (const recorded of batch.commits) {
          hear(recorded);
          changed(parseSubject(recorded.subject).tenant);
        }
        if (batch.caughtUp) behind.delete(batch.stream);
        if (behind.size === 0) ready.resolve();
      }
    })().catch((error: unknown) => {
      ready.reject(error);
      onError(error);
    });
    return { subscription, ready: ready.promise, running };
  });
  return {
    ready: Promise.all(readings.map(({ ready }) => ready)).then(() => {}),
    stop: async () => {
      await Promise.all(
        readings.map(async ({ subscription, running }) => {
          await subscription.stop();
          await running;
        }),
      );
    },
  };
}

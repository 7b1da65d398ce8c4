import { type EventLog, parsePosition, type Recorded } from '../../kernel/index.ts';

/** The end of each stream of the log at one moment; without those that are empty. */
export type Ends = ReadonlyMap<number, number>;

export async function endsOf(log: EventLog): Promise<Ends> {
  const { streams } = await log.info();
  return new Map(
    streams.flatMap(({ stream, last }) =>
      last === null ? [] : [[stream, parsePosition(last).sequence] as const],
    ),
  );
}

/** Every commit that matches a filter, stream by stream in order, up to those ends. */
export async function* historyOf(log: EventLog, filter: string, ends: Ends): AsyncGenerator<Recorded> {
  const open = new Set(ends.keys());
  if (open.size === 0) return;
  const subscription = log.subscribe(filter, []);
  try {
    for await (const { stream, commits, through } of subscription) {
      const end = ends.get(stream) ?? 0;
      for (const recorded of commits) if (recorded.sequence <= end) yield recorded;
      if (parsePosition(through).sequence >= end) open.delete(stream);
      if (open.size === 0) return;
    }
  } finally {
    await subscription.stop();
  }
}

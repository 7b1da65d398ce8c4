import type { Batch, Position, Recorded } from '../../../bounded-contexts/kernel/index.ts';

/** The newest commits of one stream: all that lie after `start`, up to `end`. */
export interface Window {
  readonly start: number;
  readonly end: number;
  readonly through: Position;
  readonly caughtUp: boolean;
  /** Of the stored commits. */
  readonly bytes: number;
  push(batch: Batch): void;
  /** At most `max` commits after `from` that match, and how far was looked for them. */
  take(
    from: number,
    matches: (subject: string) => boolean,
    max: number,
  ): { readonly commits: Recorded[]; readonly sequence: number; readonly through: Position };
  /** Forgets all up to `sequence`. */
  trim(sequence: number): void;
  /** Forgets the oldest until at most `bytes` are left. */
  limit(bytes: number): void;
}

export function newWindow(origin: Position, sequence: number): Window {
  let held: Recorded[] = [];
  let start = sequence;
  let end = sequence;
  let through = origin;
  let caughtUp = false;
  let bytes = 0;

  /** Index of the first that lies after `from`. */
  const find = (from: number): number => {
    let low = 0;
    let high = held.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((held[middle] as Recorded).sequence <= from) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const drop = (count: number) => {
    for (let i = 0; i < count; i++) bytes -= (held[i] as Recorded).bytes;
    held = held.slice(count);
  };

  return {
    get start() {
      return start;
    },
    get end() {
      return end;
    },
    get through() {
      return through;
    },
    get caughtUp() {
      return caughtUp;
    },
    get bytes() {
      return bytes;
    },
    push(batch) {
      for (const recorded of batch.commits) {
        held.push(recorded);
        bytes += recorded.bytes;
      }
      through = batch.through;
      end = Math.max(end, Number(through.slice(through.lastIndexOf('-') + 1)));
      caughtUp = batch.caughtUp;
    },
    take(from, matches, max) {
      const commits: Recorded[] = [];
      for (let i = find(from); i < held.length; i++) {
        const recorded = held[i] as Recorded;
        if (!matches(recorded.subject)) continue;
        commits.push(recorded);
        if (commits.length >= max && i < held.length - 1)
          return { commits, sequence: recorded.sequence, through: recorded.position };
      }
      return { commits, sequence: end, through };
    },
    trim(sequence) {
      if (sequence <= start) return;
      start = sequence;
      drop(find(sequence));
    },
    limit(most) {
      if (bytes <= most) return;
      let count = 0;
      for (let left = bytes; left > most && count < held.length; count++)
        left -= (held[count] as Recorded).bytes;
      start = (held[count - 1] as Recorded).sequence;
      drop(count);
    },
  };
}

import {
  type AppendOptions,
  type AppendResult,
  type Batch,
  type Commit,
  type ContentBatch,
  type ContentLog,
  decodeCommit,
  type Expected,
  encodeCommit,
  type Position,
  parsePosition,
  position,
  type Recorded,
  type StoredContent,
  type Subject,
  type SubscribeOptions,
} from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { decodeContents, encodeContents } from './content-frame.ts';
import type { CopyableLog } from './copy.ts';
import { subjectMatcher } from './filter.ts';
import { messageId } from './message-id.ts';
import { simulatedAudit } from './simulated-audit.ts';
import { stoppable } from './subscription.ts';

/**
 * `lost-send`: not stored, `log.timeout`. `lost-ack`: stored, `log.timeout`. `late`: `log.timeout` now, and
 * the message arrives after the next turn of `schedule`. `unavailable`, `full`: not stored, and said so.
 */
export type AppendFault = 'lost-send' | 'lost-ack' | 'late' | 'unavailable' | 'full';

export interface Attempted {
  readonly subject: Subject;
  readonly commit: Commit;
  readonly expected: Expected;
}

export interface SimulatedClientOptions {
  /** Asked before each append; undefined lets it pass. */
  readonly onAppend?: (attempt: Attempted) => AppendFault | undefined;
  /** Asked before each read (`after`, `read`, `last`, `at`). */
  readonly onRead?: (operation: string) => 'timeout' | 'unavailable' | undefined;
  /** How many of the newest commits a subscription does not see yet. */
  readonly lag?: () => number;
  /**
   * Awaited before a message reaches the log and before its answer reaches the caller: whoever resolves these
   * promises decides the interleaving (fast-check's `scheduler`, for one). Default: at once.
   */
  readonly schedule?: (step: string) => Promise<unknown>;
}

export interface SimulatedServer {
  /** A client of this log, with faults of its own. Several share the log, as several processes do. */
  connect(options?: SimulatedClientOptions): CopyableLog;
  /** All that is stored, in order. */
  readonly stored: readonly Recorded[];
  /** Drops all but the first `keep` commits, as a disk that lost its tail does. */
  truncate(keep: number): void;
  /** An empty log of another epoch. */
  recreate(epoch: string): void;
}

interface Entry {
  readonly subject: string;
  readonly bytes: Uint8Array;
}

/** The event log in memory: deterministic, one stream, dedupe without end. For property tests. */
export function simulatedServer(options: { readonly epoch?: string } = {}): SimulatedServer {
  let epoch = options.epoch ?? 'simulated';
  let entries: Entry[] = [];
  let contentEntries: Entry[] = [];
  let lastOf = new Map<string, number>();
  let ids = new Map<string, number>();
  let audit = simulatedAudit();
  const waiters: (() => void)[] = [];

  const recorded = (sequence: number): Recorded => {
    const { subject, bytes } = entries[sequence - 1] as Entry;
    return {
      position: position(epoch, 0, sequence),
      stream: 0,
      sequence,
      subject: subject as Subject,
      commit: decodeCommit(bytes),
      bytes: bytes.length,
    };
  };

  const wake = () => {
    for (const go of waiters.splice(0)) go();
  };

  const store = (subject: Subject, bytes: Uint8Array, id: string, expected: Expected): AppendResult => {
    const before = ids.get(id);
    if (before !== undefined) return { outcome: 'duplicate', position: position(epoch, 0, before) };
    const last = lastOf.get(subject) ?? 0;
    if (expected !== 'any' && sequenceIn(expected === 'none' ? null : expected) !== last) {
      return { outcome: 'wrong-expectation' };
    }
    const sequence = entries.push({ subject, bytes });
    lastOf.set(subject, sequence);
    ids.set(id, sequence);
    wake();
    return { outcome: 'appended', position: position(epoch, 0, sequence) };
  };

  const sequenceIn = (of: Position | null): number => {
    if (of === null) return 0;
    const parts = parsePosition(of);
    if (parts.epoch !== epoch || parts.stream !== 0) throw new DaybookError('log.history-changed');
    return parts.sequence;
  };

  const change = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const end = () => {
        signal.removeEventListener('abort', end);
        resolve();
      };
      waiters.push(end);
      if (signal.aborted) end();
      else signal.addEventListener('abort', end);
    });

  function connect(client: SimulatedClientOptions = {}): CopyableLog {
    // A client belongs to the history that it found.
    const begun = epoch;
    const { onAppend, onRead, lag = () => 0, schedule = async () => {} } = client;

    const reading = async (operation: string) => {
      const fault = onRead?.(operation);
      await schedule(operation);
      if (fault) throw new DaybookError(fault === 'timeout' ? 'log.timeout' : 'log.unavailable');
    };

    const next = (subject: Subject, from: number): Recorded | null => {
      for (let at = from; at < entries.length; at++) {
        if (entries[at]?.subject === subject) return recorded(at + 1);
      }
      return null;
    };

    async function append(
      subject: Subject,
      commit: Commit,
      expected: Expected,
      { commandId = commit.id }: AppendOptions = {},
    ): Promise<AppendResult> {
      if (epoch !== begun) throw new DaybookError('log.history-changed');
      const bytes = encodeCommit(commit);
      const id = messageId(subject, commandId);
      const fault = onAppend?.({ subject, commit, expected });
      if (fault === 'unavailable') throw new DaybookError('log.unavailable');
      if (fault === 'full') throw new DaybookError('log.full');
      if (fault === 'late') {
        void schedule('late arrival').then(() => store(subject, bytes, id, expected));
        throw new DaybookError('log.timeout');
      }
      await schedule('append');
      if (fault === 'lost-send') throw new DaybookError('log.timeout');
      const result = store(subject, bytes, id, expected);
      await schedule('ack');
      if (fault === 'lost-ack') throw new DaybookError('log.timeout');
      return result;
    }

    async function* follow(
      filter: string,
      from: number,
      maxCommits: number,
      signal: AbortSignal,
      onStored: SubscribeOptions['onStored'],
    ): AsyncGenerator<Batch> {
      const matches = subjectMatcher(filter);
      let through = from;
      let told = false;
      while (!signal.aborted) {
        if (epoch !== begun || entries.length < through) throw new DaybookError('log.history-changed');
        const visible = Math.max(through, entries.length - lag());
        const commits: Recorded[] = [];
        let at = through;
        while (at < visible && commits.length < maxCommits) {
          at++;
          const { subject, bytes } = entries[at - 1] as Entry;
          if (!matches(subject)) continue;
          onStored?.({ stream: 0, sequence: at, subject, body: bytes });
          commits.push(recorded(at));
        }
        if (at > through || !told) {
          through = at;
          told = true;
          yield { stream: 0, commits, through: position(epoch, 0, through), caughtUp: at === entries.length };
        } else if (visible < entries.length) {
          // What lags comes into sight without any further append.
          await new Promise((resolve) => setTimeout(resolve, 1));
        } else await change(signal);
      }
    }

    const contents: ContentLog = {
      async append(tenant, sealed) {
        await schedule('contents');
        const sequence = contentEntries.push({ subject: tenant, bytes: encodeContents(sealed) });
        wake();
        return position(epoch, 0, sequence);
      },
      async at(place): Promise<StoredContent | null> {
        const parts = parsePosition(place.position);
        const entry = parts.epoch === epoch ? contentEntries[parts.sequence - 1] : undefined;
        const content = entry && decodeContents(entry.bytes)[place.index];
        return entry && content ? { tenant: entry.subject, ...content } : null;
      },
      subscribe: (from) =>
        stoppable<ContentBatch>((signal) => {
          async function* run(): AsyncGenerator<ContentBatch> {
            let through = sequenceIn(from[0] ?? null);
            for (let told = false; !signal.aborted; told = true) {
              if (told && through === contentEntries.length) {
                await change(signal);
                continue;
              }
              const found = contentEntries.slice(through).flatMap(({ subject, bytes }, offset) =>
                decodeContents(bytes).map((content, index) => ({
                  tenant: subject,
                  ...content,
                  position: position(epoch, 0, through + offset + 1),
                  index,
                })),
              );
              through = contentEntries.length;
              yield { stream: 0, contents: found, through: position(epoch, 0, through), caughtUp: true };
            }
          }
          return [run()];
        }),
    };

    return {
      append,
      async after(subject, of) {
        await reading('after');
        return next(subject, sequenceIn(of));
      },
      async *read(subject, of) {
        await reading('read');
        const end = entries.length;
        for (let at = sequenceIn(of); ; ) {
          const found = next(subject, at);
          if (!found || found.sequence > end) return;
          at = found.sequence;
          yield found;
        }
      },
      async last(subject) {
        await reading('last');
        const sequence = lastOf.get(subject);
        return sequence === undefined ? null : recorded(sequence);
      },
      async at(of) {
        await reading('at');
        const parts = parsePosition(of);
        const here = parts.epoch === epoch && parts.stream === 0;
        return here && parts.sequence >= 1 && parts.sequence <= entries.length
          ? recorded(parts.sequence)
          : null;
      },
      subscribe: (filter, from, { maxCommits = 1000, onStored } = {}) =>
        stoppable<Batch>((signal) => {
          async function* run(): AsyncGenerator<Batch> {
            yield* follow(filter, sequenceIn(from[0] ?? null), maxCommits, signal, onStored);
          }
          return [run()];
        }),
      async info() {
        const bytes = entries.reduce((sum, entry) => sum + entry.bytes.length, 0);
        const at = (sequence: number) => (entries.length === 0 ? null : position(epoch, 0, sequence));
        return {
          adapter: 'simulated',
          version: '1',
          address: 'in this process',
          durability: 'none: it lives as long as the process',
          epoch,
          replicas: 1,
          streams: [
            {
              stream: 0,
              name: 'memory',
              commits: entries.length,
              bytes,
              first: at(1),
              last: at(entries.length),
            },
          ],
        };
      },
      close: async () => {},
      contents,
      audit,
      async *stored(stream, from, to) {
        await reading('stored');
        yield entries.slice(from - 1, to).map(({ subject, bytes }, index) => ({
          stream,
          sequence: from + index,
          subject,
          body: bytes,
        }));
      },
    };
  }

  return {
    connect,
    get stored() {
      return entries.map((_, index) => recorded(index + 1));
    },
    truncate(keep) {
      entries = entries.slice(0, keep);
      lastOf = new Map(entries.map(({ subject }, index) => [subject, index + 1]));
      ids = new Map([...ids].filter(([, sequence]) => sequence <= keep));
      wake();
    },
    recreate(next) {
      epoch = next;
      entries = [];
      contentEntries = [];
      audit = simulatedAudit();
      lastOf = new Map();
      ids = new Map();
      wake();
    },
  };
}

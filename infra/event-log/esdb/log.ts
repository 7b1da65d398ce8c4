import { ANY, NO_STREAM, type RecordedEvent } from '@eventstore/db-client';
import {
  type AppendResult,
  type Batch,
  type EventLog,
  type LogInfo,
  type Position,
  parsePosition,
  position,
  type Recorded,
  type Subject,
  sequenceOf,
} from '../../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../../schemas/errors.ts';
import { subjectMatcher } from '../filter.ts';
import { stoppable } from '../subscription.ts';
import type { EsdbClient } from './client.ts';
import type { EpochGuard } from './epoch.ts';
import { afterAppend } from './failure.ts';
import { aboutEvent, commitOf, eventsOf, streamOf, subjectOfStream } from './form.ts';
import type { IndexOfAll, Known } from './index-of-all.ts';
import { runsOfAll } from './runs.ts';

export interface EsdbLogParts {
  readonly client: EsdbClient;
  readonly epoch: string;
  readonly index: IndexOfAll;
  readonly address: string;
  readonly guard: EpochGuard;
}

const readAtOnce = 512;

export function esdbLog({ client, epoch, index, address, guard }: EsdbLogParts): EventLog {
  const at = (sequence: number): Position => position(epoch, 0, sequence);

  const sequenceHere = (of: Position | null): number => {
    if (of === null) return 0;
    if (of.startsWith(`${epoch}-0-`)) return sequenceOf(of);
    throw new DaybookError('log.history-changed', `The position is not of the log's epoch, ${epoch}.`);
  };

  function recordedOf(subject: Subject, events: readonly RecordedEvent[], sequence: number): Recorded {
    return { position: at(sequence), stream: 0, sequence, subject, ...commitOf(events) };
  }

  /** The sequence of the commit that this event ends. What was appended a moment ago may not be counted yet. */
  async function sequenceOfEvent(event: RecordedEvent): Promise<number> {
    const place = event.position?.commit;
    if (place === undefined)
      throw new DaybookError(
        'log.unavailable',
        'This EventStoreDB says no positions in streams: it wants 22.6 or newer.',
      );
    const known = index.sequenceAt(place);
    if (known !== undefined) return known;
    await index.catchUp();
    const found = index.sequenceAt(place);
    if (found === undefined)
      throw new DaybookError(
        'log.history-changed',
        'EventStoreDB no longer holds what it held a moment ago.',
      );
    return found;
  }

  /** The event that ends the commit with this sequence. */
  async function eventAt(sequence: number): Promise<RecordedEvent | undefined> {
    if (index.placeOf(sequence) === undefined) await index.catchUp();
    const place = index.placeOf(sequence);
    if (place === undefined) return undefined;
    for await (const event of client.all(place, 1))
      return event.position.commit === place ? event : undefined;
    return undefined;
  }

  /** Commits of a stream from a revision on, at which one begins. */
  async function* commitsFrom(subject: Subject, revision: bigint): AsyncGenerator<Recorded> {
    const stream = streamOf(subject);
    let next = revision;
    let open: RecordedEvent[] = [];
    for (;;) {
      const events = await client.stream(stream, next, readAtOnce);
      for (const event of events) {
        next = event.revision + 1n;
        open.push(event);
        const about = aboutEvent(event);
        if (!about) throw new DaybookError('log.history-changed', `A foreign event lies in ${stream}.`);
        if (about.index < about.count - 1) continue;
        yield recordedOf(subject, open, await sequenceOfEvent(event));
        open = [];
      }
      if (events.length < readAtOnce) return;
    }
  }

  /** Where in the subject's stream the first commit after a position begins. */
  async function revisionAfter(subject: Subject, of: Position | null): Promise<bigint> {
    if (of === null) return 0n;
    const sequence = sequenceHere(of);
    const event = await eventAt(sequence);
    if (event?.streamId === streamOf(subject)) return event.revision + 1n;
    // Another subject's: looked for from the beginning.
    for await (const { sequence: own, revision } of starts(subject)) if (own > sequence) return revision;
    const [last] = await client.stream(streamOf(subject), undefined, 1);
    return (last?.revision ?? -1n) + 1n;
  }

  async function* starts(subject: Subject): AsyncGenerator<{ sequence: number; revision: bigint }> {
    let revision = 0n;
    for await (const { sequence, commit } of commitsFrom(subject, 0n)) {
      yield { sequence, revision };
      revision += BigInt(commit.events.length);
    }
  }

  /** The commit that an event belongs to which ends it. */
  async function whole(event: RecordedEvent): Promise<Recorded | null> {
    const about = aboutEvent(event);
    if (!about) return null;
    const first = event.revision - BigInt(about.index);
    for await (const recorded of commitsFrom(subjectOfStream(event.streamId), first)) return recorded;
    return null;
  }

  const last = async (subject: Subject): Promise<Recorded | null> => {
    const [event] = await client.stream(streamOf(subject), undefined, 1);
    return event ? whole(event) : null;
  };

  return {
    async append(subject, commit, expected, { commandId = commit.id } = {}) {
      const events = eventsOf(subject, commit, commandId);
      const stream = streamOf(subject);
      const id = events[0]?.id ?? '';
      const answer = (known: Pick<Known, 'sequence' | 'commit'>): AppendResult => ({
        outcome: known.commit === commit.id ? 'appended' : 'duplicate',
        position: at(known.sequence),
      });
      await guard.fresh();
      let revision: bigint | undefined;
      if (expected !== 'any' && expected !== 'none') {
        const sequence = sequenceHere(expected);
        const known = index.known(sequence);
        const event = known ? undefined : await eventAt(sequence);
        if ((known?.stream ?? event?.streamId) !== stream) return { outcome: 'wrong-expectation' };
        revision = known?.revision ?? event?.revision;
      }
      // Where the expectation holds, EventStoreDB looks at no ids. All before that commit are in the index by now.
      const before = index.known(id);
      if (before) return answer(before);
      const written = await client.append(
        stream,
        events,
        revision ?? (expected === 'none' ? NO_STREAM : ANY),
      );
      if (written.revision === undefined) return { outcome: 'wrong-expectation' };
      return afterAppend(async () => {
        await index.catchUp();
        const known = index.known(id);
        if (known) return answer(known);
        // Stored long ago: what it has under these ids it keeps, and says so by nothing but the revision.
        const [stored] = await client.stream(stream, written.revision, 1);
        if (!stored) throw new DaybookError('log.timeout');
        return answer({
          sequence: await sequenceOfEvent(stored),
          commit: aboutEvent(stored)?.commit ?? '',
        });
      });
    },

    async after(subject, of) {
      const from = await revisionAfter(subject, of);
      for await (const recorded of commitsFrom(subject, from)) return recorded;
      return null;
    },

    async *read(subject, from) {
      const end = await last(subject);
      if (!end) return;
      for await (const recorded of commitsFrom(subject, await revisionAfter(subject, from))) {
        if (recorded.sequence > end.sequence) return;
        yield recorded;
      }
    },

    last,

    async at(of) {
      const { epoch: asked, stream, sequence } = parsePosition(of);
      if (asked !== epoch || stream !== 0) return null;
      const event = await eventAt(sequence);
      return event ? whole(event) : null;
    },

    subscribe(filter, from, { maxCommits = 1000, idleMs = 100 } = {}) {
      const matches = subjectMatcher(filter);
      return stoppable<Batch>((signal) => {
        async function* batches(): AsyncGenerator<Batch> {
          const runs = runsOfAll({
            client,
            index,
            after: sequenceHere(from[0] ?? null),
            idleMs: Math.max(idleMs, 50),
            most: maxCommits,
            guard,
            signal,
            read: (events, sequence) => {
              const subject = subjectOfStream(events[0]?.streamId ?? '');
              return matches(subject) ? recordedOf(subject, events, sequence) : undefined;
            },
          });
          for await (const { items, through, caughtUp } of runs)
            yield { stream: 0, commits: items, through: at(through), caughtUp };
        }
        return [batches()];
      });
    },

    async info(): Promise<LogInfo> {
      await guard.prove();
      await index.catchUp();
      const { length } = index;
      return {
        adapter: 'eventstoredb',
        version: 'protocol of 22.6',
        address,
        durability: 'flushed to disk before each acknowledgement, unless its server was told otherwise',
        epoch,
        replicas: 1,
        streams: [
          {
            stream: 0,
            name: '$all',
            commits: length,
            bytes: index.bytes,
            first: length === 0 ? null : at(1),
            last: length === 0 ? null : at(length),
          },
        ],
      };
    },

    close: () => client.close(),
  };
}

import { type EventData, NO_STREAM, type RecordedEvent } from '@eventstore/db-client';
import {
  parsePosition,
  position,
  type StoredCommit,
  type Subject,
} from '../../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../../schemas/errors.ts';
import type { EsdbClient } from './client.ts';
import { aboutEvent, bodyOf, eventsOfBody, streamOf } from './form.ts';
import { type Patience, patiently } from './patience.ts';

export interface Written {
  readonly commits: number;
  readonly events: number;
  /** Commits that were read again after they were written. */
  readonly compared: number;
}

export interface MirrorWriter {
  readonly written: Written;
  /** Returns once all of the run is in the mirror. */
  write(run: readonly StoredCommit[], readBack: boolean): Promise<void>;
}

/** The end of an aggregate in the mirror. */
interface End {
  readonly revision: bigint | null;
  /** Of the commit that ends there, on its source stream. */
  readonly sequence: number;
}

interface Prepared {
  readonly commit: StoredCommit;
  readonly events: readonly EventData[];
}

/** Aggregates that are written to at a time. */
const window = 64;
/** Aggregates whose end in the mirror is remembered. */
const mostKnown = 100_000;
/** What is appended at once; a commit alone may be larger. EventStoreDB takes a megabyte by default. */
const mostBytes = 256 * 1024;
const mostEvents = 256;

const changed = (message: string) => new DaybookError('log.history-changed', message);
export const foreign = (stream: string) =>
  changed(`The stream ${stream} holds something that is none of this mirror.`);

export function mirrorWriter(client: EsdbClient, epoch: string, { endless, signal }: Patience): MirrorWriter {
  // Where one aggregate fails, those beside it must not wait for a server without end.
  const failed = new AbortController();
  const patience = {
    endless,
    signal: signal ? AbortSignal.any([signal, failed.signal]) : failed.signal,
  };
  const known = new Map<string, End>();
  const written = { commits: 0, events: 0, compared: 0 };

  async function endOf(stream: string): Promise<End> {
    const [event] = await patiently(() => client.stream(stream, undefined, 1), patience);
    const at = event && aboutEvent(event)?.position;
    if (event && at === undefined) throw foreign(stream);
    return { revision: event?.revision ?? null, sequence: at === undefined ? 0 : parsePosition(at).sequence };
  }

  /** Commits of one aggregate, in order, as many at once as an append takes. */
  async function writeChain(
    subject: Subject,
    chain: readonly StoredCommit[],
    readBack: boolean,
  ): Promise<void> {
    const stream = streamOf(subject);
    let rest = chain;
    for (;;) {
      const end = known.get(stream) ?? (await endOf(stream));
      rest = rest.filter(({ sequence }) => sequence > end.sequence);
      known.set(stream, end);
      if (rest.length === 0) return;
      const group = groupOf(rest, (commit) => prepared(subject, commit));
      const events = group.flatMap((one) => one.events);
      const { revision } = await patiently(
        () => client.append(stream, events, end.revision ?? NO_STREAM),
        patience,
      );
      if (revision === undefined) {
        // Perhaps another process mirrors the same log: what it wrote is passed over. Anything else is foreign.
        known.delete(stream);
        if ((await endOf(stream)).sequence <= end.sequence)
          throw changed(`Somebody else writes to the stream ${stream}.`);
        continue;
      }
      known.set(stream, { revision, sequence: group.at(-1)?.commit.sequence ?? 0 });
      written.commits += group.length;
      written.events += events.length;
      if (readBack) await compare(stream, revision - BigInt(events.length - 1), group);
    }
  }

  const prepared = (subject: Subject, commit: StoredCommit): Prepared => {
    const at = position(epoch, commit.stream, commit.sequence);
    try {
      return { commit, events: eventsOfBody(subject, commit.body, at, at) };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw changed(`Commit ${commit.sequence} of stream ${commit.stream} cannot be read: ${message}`);
    }
  };

  async function compare(stream: string, from: bigint, group: readonly Prepared[]): Promise<void> {
    const count = group.reduce((sum, { events }) => sum + events.length, 0);
    let found: readonly RecordedEvent[] = await patiently(() => client.stream(stream, from, count), patience);
    for (const { commit, events } of group) {
      const own = found.slice(0, events.length);
      found = found.slice(events.length);
      if (!isCommit(own, commit.body))
        throw changed(
          `Commit ${commit.sequence} of stream ${commit.stream} (${stream}) differs in the mirror.`,
        );
      written.compared++;
    }
  }

  return {
    written,
    async write(run, readBack) {
      if (known.size > mostKnown) known.clear();
      const chains = [...Map.groupBy(run, ({ subject }) => subject)];
      const worker = async () => {
        for (let next = chains.shift(); next; next = chains.shift())
          await writeChain(next[0] as Subject, next[1], readBack);
      };
      try {
        await Promise.all(Array.from({ length: window }, worker));
      } catch (error) {
        chains.length = 0;
        failed.abort();
        throw error;
      }
    },
  };
}

function isCommit(events: readonly RecordedEvent[], body: Uint8Array): boolean {
  try {
    return bodyOf(events).equals(body);
  } catch {
    return false;
  }
}

/** The first of them, as many as go into one append. */
function groupOf(commits: readonly StoredCommit[], prepare: (commit: StoredCommit) => Prepared): Prepared[] {
  const group: Prepared[] = [];
  let bytes = 0;
  let events = 0;
  for (const commit of commits) {
    bytes += commit.body.length;
    if (group.length > 0 && bytes > mostBytes) break;
    const one = prepare(commit);
    events += one.events.length;
    if (group.length > 0 && events > mostEvents) break;
    group.push(one);
  }
  return group;
}

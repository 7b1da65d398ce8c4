import {
  type ContentLog,
  type EventLog,
  eventId,
  type Position,
  parsePosition,
  parseSubject,
  type Recorded,
  sequenceOf,
} from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { ContentItem, EventItem, EventProjector, Item } from './projector.ts';

/** A run of items of one stream, in order; `through` and `caughtUp` as in the kernel's `Batch`. */
export interface ItemBatch<I extends Item> {
  readonly stream: number;
  readonly items: readonly I[];
  readonly through: Position;
  readonly caughtUp: boolean;
  /** The last commit of the batch, or undefined where it has none. */
  readonly last: { readonly id: string; readonly sequence: number; readonly at: number } | undefined;
}

export interface ItemSource<I extends Item> {
  subscribe(
    from: readonly Position[],
    maxCommits: number,
  ): AsyncIterable<ItemBatch<I>> & { stop(): Promise<void> };
  /** Throws `log.history-changed` where the log is not the one that these checkpoints were made of. */
  verify(checkpoints: readonly Checkpoint[]): Promise<void>;
  /** The last position of each stream, as far as the source knows. */
  ends(): Promise<readonly Position[]>;
}

/** The events of one commit as items. */
export function eventItems(recorded: Recorded): EventItem[] {
  const { commit, subject, stream, sequence, position } = recorded;
  const { tenant, family, id } = parseSubject(subject);
  const bytes = Math.round(recorded.bytes / Math.max(1, commit.events.length));
  return commit.events.map((event, index) => ({
    id: eventId(commit, index),
    type: event.type,
    tenant,
    subject,
    family,
    // One ledger a tenant: its subject has no id, yet its commits follow one another.
    aggregate: commit.prev === undefined ? undefined : (id ?? family),
    stream,
    sequence,
    at: commit.at,
    commitId: commit.id,
    event,
    index,
    commit,
    position,
    bytes,
  }));
}

async function* map<A, B>(source: AsyncIterable<A>, fn: (a: A) => B): AsyncGenerator<B> {
  for await (const one of source) yield fn(one);
}

export function eventSource(
  log: EventLog,
  { filter, wants }: Pick<EventProjector, 'filter' | 'wants'>,
): ItemSource<EventItem> {
  const wanted = wants
    ? (recorded: Recorded) =>
        recorded.commit.events.some(wants) ? eventItems(recorded).filter(({ event }) => wants(event)) : []
    : eventItems;
  return {
    subscribe(from, maxCommits) {
      const subscription = log.subscribe(filter, from, { maxCommits });
      const batches = map(subscription, (batch): ItemBatch<EventItem> => {
        const last = batch.commits[batch.commits.length - 1];
        return {
          stream: batch.stream,
          items: batch.commits.flatMap(wanted),
          through: batch.through,
          caughtUp: batch.caughtUp,
          last: last && { id: last.commit.id, sequence: last.sequence, at: last.commit.at },
        };
      });
      return { [Symbol.asyncIterator]: () => batches, stop: () => subscription.stop() };
    },
    async verify(checkpoints) {
      if (checkpoints.length === 0) return;
      const info = await log.info();
      for (const checkpoint of checkpoints) {
        const { position, lastCommit } = checkpoint;
        const { epoch, stream, sequence } = parsePosition(position);
        if (epoch !== info.epoch) throw changed(`the log's epoch is ${info.epoch}, not ${epoch}`);
        const end = info.streams.find((each) => each.stream === stream)?.last ?? null;
        if (sequence > 0 && (end === null || sequenceOf(end) < sequence)) {
          throw changed(`stream ${stream} ends before ${sequence}`);
        }
        if (!lastCommit) continue;
        const found = await log.at(lastCommit.position);
        if (found?.commit.id !== lastCommit.id) {
          throw changed(`commit ${lastCommit.id} is not at ${lastCommit.position}`);
        }
      }
    },
    async ends() {
      const { streams } = await log.info();
      return streams.flatMap(({ last }) => (last ? [last] : []));
    },
  };
}

const changed = (what: string): DaybookError =>
  new DaybookError('log.history-changed', `The log is not the one that was applied: ${what}.`);

export function contentSource(contents: ContentLog): ItemSource<ContentItem> {
  let ends: readonly Position[] = [];
  return {
    subscribe(from, _maxCommits) {
      const subscription = contents.subscribe(from);
      const batches = map(subscription, (batch): ItemBatch<ContentItem> => {
        if (batch.caughtUp) {
          ends = [...ends.filter((end) => parsePosition(end).stream !== batch.stream), batch.through];
        }
        const items = batch.contents.map(
          (content): ContentItem => ({
            id: content.id,
            type: 'content',
            tenant: content.tenant,
            subject: `ct.${content.tenant}`,
            aggregate: undefined,
            stream: batch.stream,
            sequence: sequenceOf(content.position),
            at: 0,
            commitId: undefined,
            content: content.id,
            dataSubject: content.subject,
            position: content.position,
            index: content.index,
          }),
        );
        return {
          stream: batch.stream,
          items,
          through: batch.through,
          caughtUp: batch.caughtUp,
          last: undefined,
        };
      });
      return { [Symbol.asyncIterator]: () => batches, stop: () => subscription.stop() };
    },
    // Contents may end by retention, so that one of them missing says nothing; the subscription itself refuses
    // positions of another epoch and beyond the end.
    verify: async () => {},
    ends: async () => ends,
  };
}

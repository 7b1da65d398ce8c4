import { createHash } from 'node:crypto';
import {
  binaryEvent,
  type EventData,
  type JSONRecordedEvent,
  jsonEvent,
  type RecordedEvent,
} from '@eventstore/db-client';
import { z } from 'zod';
import {
  type Commit,
  decodeCommit,
  encodeCommit,
  type Position,
  parseSubject,
  type Subject,
  subjectOf,
} from '../../../bounded-contexts/kernel/index.ts';

/**
 * How a commit lies in EventStoreDB: an event of its own for each of ours, with its own type and its data as JSON, all
 * appended at once to the stream of the aggregate. The commit's own fields ride in the metadata of its first event.
 */
const metadata = z.object({
  $correlationId: z.string().optional(),
  $causationId: z.string().optional(),
  daybook: z.object({
    commit: z.string(),
    index: z.number().int(),
    count: z.number().int(),
    v: z.number().int(),
    by: z.unknown().optional(),
    /** Of the first event: the commit without its events. */
    envelope: z.record(z.string(), z.unknown()).optional(),
    /** Of a mirror: where the commit lies on the log that is mirrored. */
    position: z.string().optional(),
  }),
});
type Metadata = z.infer<typeof metadata>;

/** Streams that hold no commits begin so; `$` is EventStoreDB's own. */
export const ownPrefix = 'daybook_';
const contentPrefix = `${ownPrefix}contents-`;

/**
 * `<family>-<tenant>[.<id>]`: the category is the family, as EventStoreDB's own projections take it. They end it at the
 * first `-`, so that a family's own are `_` here: `key-uses` of acme is `key_uses-acme`.
 */
export function streamOf(subject: Subject): string {
  const { tenant, family, id } = parseSubject(subject);
  return `${family.replaceAll('-', '_')}-${tenant}${id === undefined ? '' : `.${id}`}`;
}

export function subjectOfStream(stream: string): Subject {
  const [, category = '', tenant = '', id] = /^([^-]+)-([^.]+)(?:\.(.+))?$/.exec(stream) ?? [];
  return subjectOf(tenant, category.replaceAll('_', '-'), id);
}

export const contentStreamOf = (tenant: string): string => `${contentPrefix}${tenant}`;
export const tenantOfContents = (stream: string): string | undefined =>
  stream.startsWith(contentPrefix) ? stream.slice(contentPrefix.length) : undefined;
export const holdsCommits = (stream: string): boolean =>
  !stream.startsWith('$') && !stream.startsWith(ownPrefix);

/** A UUID (version 8: of our own making) of what makes an event the same: EventStoreDB stores it once. */
export function eventUuid(...parts: readonly (string | number)[]): string {
  const bytes = createHash('sha256').update(parts.join('\0')).digest().subarray(0, 16);
  bytes.writeUInt8(((bytes[6] ?? 0) & 0x0f) | 0x80, 6);
  bytes.writeUInt8(((bytes[8] ?? 0) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

const stored = z.looseObject({
  events: z.array(
    z.object({ type: z.string(), v: z.number(), data: z.unknown(), by: z.unknown().optional() }),
  ),
});

/** The events of a commit as EventStoreDB takes them. Throws `log.commit-too-large`. */
export const eventsOf = (subject: Subject, commit: Commit, commandId: string): EventData[] =>
  eventsOfBody(subject, encodeCommit(commit), commandId);

/** The same of a commit's bytes, whatever its events are. Throws where they are no commit. */
export function eventsOfBody(
  subject: Subject,
  body: Uint8Array,
  commandId: string,
  position?: Position,
): EventData[] {
  const { events, ...envelope } = stored.parse(JSON.parse(Buffer.from(body).toString()));
  const { id, correlation, causation } = envelope;
  return events.map(({ type, v, data, by }, index) => {
    const about: Metadata = {
      ...(typeof correlation === 'string' ? { $correlationId: correlation } : {}),
      ...(typeof causation === 'string' ? { $causationId: causation } : {}),
      daybook: {
        commit: String(id),
        index,
        count: events.length,
        v,
        ...(by === undefined ? {} : { by }),
        ...(index === 0 ? { envelope } : {}),
        ...(position === undefined ? {} : { position }),
      },
    };
    return jsonEvent({
      id: eventUuid(subject, commandId, index),
      type,
      data: data as Record<string, unknown>,
      metadata: about as Record<string, unknown>,
    });
  });
}

/** What an event says of its commit; undefined where it is none of ours. */
export function aboutEvent(event: RecordedEvent): Metadata['daybook'] | undefined {
  const parsed = metadata.safeParse(event.metadata);
  return parsed.success ? parsed.data.daybook : undefined;
}

/** The bytes of a commit, as every other log keeps them. Throws a RangeError where the events are not one whole commit. */
export function bodyOf(events: readonly RecordedEvent[]): Buffer {
  const abouts = events.map(aboutEvent);
  const [first] = abouts;
  if (
    !first?.envelope ||
    first.count !== events.length ||
    abouts.some((one, i) => one?.index !== i || one.commit !== first.commit)
  )
    throw new RangeError('the events are not one whole commit');
  const json = JSON.stringify({
    ...first.envelope,
    events: events.map((event, index) => ({
      type: event.type,
      v: abouts[index]?.v,
      data: (event as JSONRecordedEvent).data,
      ...(abouts[index]?.by === undefined ? {} : { by: abouts[index]?.by }),
    })),
  });
  return Buffer.from(json);
}

/** The commit of all its events, in order. Throws a RangeError where they are not one whole commit. */
export function commitOf(events: readonly RecordedEvent[]): {
  readonly commit: Commit;
  readonly bytes: number;
} {
  const body = bodyOf(events);
  return { commit: decodeCommit(body), bytes: body.length };
}

/** One message of contents. */
export const contentEvent = (tenant: string, frame: Uint8Array): EventData =>
  binaryEvent({
    id: eventUuid('contents', tenant, createHash('sha256').update(frame).digest('hex')),
    type: 'contents',
    data: frame,
  });

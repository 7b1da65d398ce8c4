import { DaybookError } from '../../schemas/errors.ts';
import { type DaybookEvent, type EventType, eventCatalogue } from '../../schemas/events/index.ts';
import { isKnownEvent, upcast } from '../../schemas/events/upcast.ts';
import type { Position } from './position.ts';

/** A commit as JSON in UTF-8 is at most this many bytes. */
export const maxCommitBytes = 512 * 1024;

/**
 * Who asked for one event of a group commit. A commit that holds many commands' events says so an event at a
 * time; an ordinary commit says it once, in its own fields.
 */
export interface Origin {
  readonly command?: string;
  readonly actor?: string;
  readonly correlation?: string;
}

export type CommittedEvent = DaybookEvent & { readonly by?: Origin };

/** What one command (or one group of them) appends to one subject: 1..n events, atomically, one message. */
export interface Commit {
  readonly id: string;
  /** Unix milliseconds. */
  readonly at: number;
  /** Who did it: an opaque principal id, or `<role>:<instance>` for a process. */
  readonly actor: string;
  readonly correlation?: string;
  /** The command (or the event) that caused this commit. */
  readonly causation?: string;
  /** The aggregate's commit before this one that counted; null for its first, absent for facts. */
  readonly prev?: Position | null;
  readonly events: readonly CommittedEvent[];
}

/** Unique for ever, and derived: an event's id is its commit's id and its index in it. */
export const eventId = (commit: Commit, index: number): string => `${commit.id}.${index}`;

/** An event as it stands in a stored commit. */
export const jsonOfEvent = (event: CommittedEvent): string =>
  JSON.stringify({
    type: event.type,
    v: eventCatalogue[event.type].v,
    data: event.data,
    by: event.by,
  });

/** The JSON of commits' events that were measured before they were put together: they are not written twice. */
const written = new WeakMap<Commit, readonly string[]>();

/** A commit of events whose JSON is known ({@link jsonOfEvent}), by their order. They must not be changed any more. */
export function commitOf(commit: Commit, jsons: readonly string[]): Commit {
  written.set(commit, jsons);
  return commit;
}

/** The bytes of commits that are copied: a copy is what was stored, also where its events were lifted. */
const stored = new WeakMap<Commit, Uint8Array>();

/** Serialises a commit. Throws `log.commit-too-large` beyond {@link maxCommitBytes}. */
export function encodeCommit(commit: Commit): Uint8Array {
  const known = stored.get(commit);
  if (known) return known;
  const { events, at, ...rest } = commit;
  const envelope = JSON.stringify({ ...rest, at: new Date(at).toISOString(), events: [] });
  const list = (written.get(commit) ?? events.map(jsonOfEvent)).join(',');
  const bytes = Buffer.from(`${envelope.slice(0, -2)}${list}]}`);
  if (bytes.length > maxCommitBytes) {
    throw new DaybookError('log.commit-too-large', undefined, { bytes: bytes.length, limit: maxCommitBytes });
  }
  return bytes;
}

interface StoredEvent {
  readonly type: string;
  readonly v: number;
  readonly data: unknown;
  readonly by?: Origin;
}

const text = new TextDecoder('utf-8', { fatal: true });

/**
 * Parses a stored commit and lifts its events to their present versions. The log is our own and was validated
 * on its way in, so payloads are not validated again here; `daybook log verify` does.
 * Throws a RangeError on an unknown type or a version from the future.
 */
export function decodeCommit(bytes: Uint8Array): Commit {
  const raw = JSON.parse(text.decode(bytes)) as Omit<Commit, 'at' | 'events'> & {
    at: string;
    events: StoredEvent[];
  };
  const events = raw.events.map((event) => {
    if (!isKnownEvent(event.type)) throw new RangeError(`unknown event type: ${event.type}`);
    const lifted = {
      type: event.type,
      data: upcast(event.type, event.v, event.data),
    } as DaybookEvent<EventType>;
    return event.by ? { ...lifted, by: event.by } : lifted;
  });
  return { ...raw, at: Date.parse(raw.at), events };
}

/** Like {@link decodeCommit}; encoded again, the commit is the very same bytes. For copies and archives. */
export function decodeForCopy(bytes: Uint8Array): Commit {
  const commit = decodeCommit(bytes);
  stored.set(commit, bytes);
  return commit;
}

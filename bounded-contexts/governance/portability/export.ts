import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  type Batch,
  type Clock,
  type Commit,
  type ContentLog,
  type EventLog,
  encodeCommit,
  eventId,
  type Position,
  type PositionCodec,
  parsePosition,
  type Recorded,
  type StoredContent,
  subjectOf,
  type Vault,
} from '../../kernel/index.ts';
import {
  type ContentLine,
  contentsFile,
  eventsFile,
  idsFile,
  type Manifest,
  manifestName,
} from './manifest.ts';
import { contentsNamedBy, wholeOf } from './named.ts';
import { tarEnd, tarEntry } from './tar.ts';

export interface ExportPorts {
  readonly log: EventLog;
  readonly contents: Pick<ContentLog, 'subscribe'>;
  readonly vault: Pick<Vault, 'open' | 'suppliedIds' | 'periodStart'>;
  readonly clock: Clock;
  /** Positions as callers see them: a tenant is not to learn how much the others do. */
  readonly positions: Pick<PositionCodec, 'encode'>;
  /** Of Daybook. */
  readonly version: string;
}

export interface ExportOptions {
  readonly tenant: string;
  /** Only what is of this person, by opaque id. */
  readonly person?: string | undefined;
}

/** A file of an archive has about so many bytes, and is in memory while it is written. */
const fileBytes = 8 * 1024 * 1024;

/**
 * All that a tenant or a person has, as a tar of JSON Lines that can be read while it comes: supplied ids, events,
 * contents in the clear, and a manifest at its end. What is appended meanwhile is not waited for.
 *
 * Of a tenant the events are whole commits, from which another installation can be filled. Of a person they are those
 * events that name them.
 */
export async function* exportArchive(
  ports: ExportPorts,
  { tenant, person }: ExportOptions,
): AsyncGenerator<Uint8Array> {
  const { log, vault, clock, positions } = ports;
  const at = clock();
  const files: Manifest['files'] = [];
  const counts = { events: 0, contents: 0, ended: 0, ids: 0 };
  const fields = new Map<string, string>();
  const { epoch, streams } = await log.info();
  const ends = streams.flatMap(({ last }) => (last === null ? [] : [positions.encode(last)]));
  const token = positions.encode;

  /** Lines as files of a bearable size. */
  async function* filed(base: string, lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
    let waiting: string[] = [];
    let size = 0;
    let number = 0;
    const close = (): Uint8Array => {
      const bytes = Buffer.from(waiting.join(''));
      const name = `${base}-${String(++number).padStart(5, '0')}.jsonl`;
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      files.push({ name, bytes: bytes.length, lines: waiting.length, sha256 });
      waiting = [];
      size = 0;
      return tarEntry({ name, bytes }, at);
    };
    for await (const line of lines) {
      waiting.push(line);
      size += line.length;
      if (size >= fileBytes) yield close();
    }
    if (waiting.length > 0) yield close();
  }

  async function* ids(): AsyncGenerator<string> {
    for await (const page of vault.suppliedIds(tenant)) {
      for (const one of page) {
        if (person !== undefined && one.opaque !== person) continue;
        counts.ids++;
        yield `${JSON.stringify(one)}\n`;
      }
    }
  }

  async function* events(): AsyncGenerator<string> {
    for await (const recorded of commitsOf(log, tenant)) {
      const { commit, subject, position } = recorded;
      for (const event of commit.events)
        for (const [id, field] of contentsNamedBy(event)) fields.set(id, field);
      if (person === undefined) {
        counts.events += commit.events.length;
        const whole = { ...jsonOf(commit), ...previous(commit.prev, epoch, token) };
        yield `${JSON.stringify({ position: token(position), subject, commit: whole })}\n`;
      } else {
        for (const line of naming(recorded, person, token)) {
          counts.events++;
          yield line;
        }
      }
    }
  }

  async function lineOf(one: StoredContent, group: string, field: string): Promise<ContentLine> {
    const { id, subject } = one;
    const common = { group, id, subject, field };
    const plain = await vault.open({ tenant, subject, id, field }, one.sealed);
    if ('redacted' in plain) {
      counts.ended++;
      return { ...common, sealed: Buffer.from(one.sealed).toString('base64') };
    }
    counts.contents++;
    const start = vault.periodStart(one.sealed);
    const of = start === undefined ? common : { ...common, at: start };
    const bytes = Buffer.from(plain);
    const text = bytes.toString();
    return Buffer.from(text).equals(bytes) ? { ...of, text } : { ...of, base64: bytes.toString('base64') };
  }

  async function* contents(): AsyncGenerator<string> {
    const behind = new Set(streams.map(({ stream }) => stream));
    const subscription = ports.contents.subscribe([]);
    try {
      for await (const batch of subscription) {
        for (const one of batch.contents) {
          // What no event names was never acknowledged to anybody.
          const field = fields.get(wholeOf(one.id));
          if (one.tenant !== tenant || field === undefined) continue;
          if (person !== undefined && one.subject !== person) continue;
          const line = await lineOf(one, token(one.position), field);
          if (person === undefined || line.sealed === undefined) yield `${JSON.stringify(line)}\n`;
        }
        if (batch.caughtUp) behind.delete(batch.stream);
        if (behind.size === 0) return;
      }
    } finally {
      await subscription.stop();
    }
  }

  yield* filed(idsFile, ids());
  yield* filed(eventsFile, events());
  yield* filed(contentsFile, contents());
  const manifest: Manifest = {
    format: 'daybook-export-1',
    kind: person === undefined ? 'tenant' : 'person',
    tenant,
    person: person ?? null,
    at: new Date(at).toISOString(),
    daybook: ports.version,
    log: { epoch, ends },
    counts,
    files,
  };
  yield tarEntry({ name: manifestName, bytes: Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`) }, at);
  yield tarEnd();
}

const jsonOf = (commit: Commit): Record<string, unknown> =>
  z.record(z.string(), z.unknown()).parse(JSON.parse(Buffer.from(encodeCommit(commit)).toString()));

/** What a commit says of the one before it; a commit that came void from elsewhere names a place of no log. */
function previous(
  prev: Position | null | undefined,
  epoch: string,
  token: (of: Position) => string,
): { prev?: string | null } {
  if (prev === undefined || prev === null) return prev === null ? { prev } : {};
  return { prev: prev.startsWith(`${epoch}-`) ? token(prev) : 'void' };
}

/** The events of a commit that name a person, a line each. */
function naming(
  { commit, subject, position }: Recorded,
  person: string,
  token: (of: Position) => string,
): string[] {
  return commit.events.flatMap((event, index) => {
    const line = JSON.stringify({
      id: eventId(commit, index),
      type: event.type,
      at: new Date(commit.at).toISOString(),
      actor: event.by?.actor ?? commit.actor,
      subject,
      position: token(position),
      data: event.data,
    });
    return namesPerson(line, person) ? [`${line}\n`] : [];
  });
}

/** As a token of its own: ids of others may begin or end alike. */
const namesPerson = (line: string, person: string): boolean =>
  line.split(person).length > 1 && new RegExp(`(^|[^A-Za-z0-9_-])${person}([^A-Za-z0-9_-]|$)`).test(line);

/** All commits of a tenant up to the log's present end. */
export async function* commitsOf(log: EventLog, tenant: string): AsyncGenerator<Recorded> {
  const ends = new Map(
    (await log.info()).streams.flatMap(({ stream, last }) =>
      last === null ? [] : [[stream, parsePosition(last).sequence] as const],
    ),
  );
  if (ends.size === 0) return;
  const subscription = log.subscribe(`${subjectOf(tenant, 'x').slice(0, -1)}>`, []);
  try {
    for await (const batch of subscription) {
      const end = ends.get(batch.stream) ?? 0;
      yield* upTo(batch, end);
      if (parsePosition(batch.through).sequence >= end) ends.delete(batch.stream);
      if (ends.size === 0) return;
    }
  } finally {
    await subscription.stop();
  }
}

const upTo = ({ commits }: Batch, end: number): readonly Recorded[] =>
  commits.filter(({ sequence }) => sequence <= end);

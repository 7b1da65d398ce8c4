import { randomBytes } from 'node:crypto';
import { partitions } from '../../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../../schemas/errors.ts';
import { type Api, ApiError, type Wire } from './wire.ts';

/** What STREAM.INFO says, as far as we look at it. Sequences stay far below 2^53. */
export interface StreamState {
  readonly config: { readonly description?: string; readonly num_replicas: number };
  readonly state: {
    readonly messages: number;
    readonly bytes: number;
    readonly first_seq: number;
    readonly last_seq: number;
  };
}

export interface Layout {
  readonly epoch: string;
  /** How many streams the partitions are spread over. Fixed at creation. */
  readonly streams: number;
  readonly replicas: number;
  readonly events: readonly string[];
  readonly contents: readonly string[];
}

export interface LayoutOptions {
  readonly prefix: string;
  readonly streams?: number;
  readonly replicas?: number;
  readonly epoch?: string;
}

/** Which stream of `streams` holds a partition. */
export const streamOf = (partition: number, streams: number): number => partition % streams;

/** Server 2.9 has no stream metadata, so what must stay with the stream is said in its description. */
const describe = (epoch: string, streams: number) => `Daybook; epoch=${epoch}; streams=${streams}`;

export function described(description: string | undefined): { epoch: string; streams: number } | undefined {
  const match = /^Daybook; epoch=([A-Za-z0-9]+); streams=(\d+)$/.exec(description ?? '');
  return match ? { epoch: match[1] as string, streams: Number(match[2]) } : undefined;
}

const subjectsOf = (root: 'es' | 'ct', stream: number, streams: number): string[] =>
  streams === 1
    ? [`${root}.>`]
    : Array.from({ length: partitions }, (_, partition) => partition)
        .filter((partition) => streamOf(partition, streams) === stream)
        .map((partition) => `${root}.${String(partition).padStart(2, '0')}.>`);

const noSuchStream = 10059;
const nameInUse = 10058;

/** What a stream is, or undefined where there is none. */
export async function look(wire: Wire, name: string): Promise<StreamState | undefined> {
  try {
    return await wire.api<StreamState>(`STREAM.INFO.${name}`, {});
  } catch (error) {
    if (error instanceof ApiError && error.apiCode === noSuchStream) return undefined;
    throw error;
  }
}

/**
 * Commits are never removed: no limit of age, count or size, and neither deletes nor purges. Contents end as
 * policy says, so their stream may be purged by subject. A full disk refuses (`discard: new`).
 */
async function create(
  wire: Wire,
  name: string,
  subjects: readonly string[],
  description: string,
  replicas: number,
  forEver: boolean,
): Promise<StreamState> {
  try {
    return await wire.api<StreamState>(`STREAM.CREATE.${name}`, {
      name,
      subjects,
      description,
      storage: 'file',
      retention: 'limits',
      discard: 'new',
      max_age: 0,
      max_msgs: -1,
      max_bytes: -1,
      max_consumers: -1,
      max_msgs_per_subject: -1,
      num_replicas: replicas,
      duplicate_window: 120_000_000_000,
      deny_delete: forEver,
      deny_purge: forEver,
    });
  } catch (error) {
    // Another process was faster, with an epoch of its own: its is the one that counts.
    if (error instanceof ApiError && error.apiCode === nameInUse) {
      const state = await look(wire, name);
      if (state) return state;
    }
    throw error;
  }
}

/** The stream of signed checkpoints: as lasting as the log's own. */
export async function ensureAuditStream(wire: Wire, name: string, layout: Layout): Promise<void> {
  const { epoch, streams, replicas } = layout;
  const state =
    (await look(wire, name)) ??
    (await create(wire, name, ['au.>'], describe(epoch, streams), replicas, true));
  checkHistory(state, epoch, 0, 0, true);
}

/** Finds the installation's streams, or makes them. Throws `config.invalid` where they are other than asked. */
export async function ensureLayout(wire: Wire, options: LayoutOptions): Promise<Layout> {
  const { prefix, replicas = 1 } = options;
  const nameOf = (kind: 'ES' | 'CT', stream: number) => `${prefix}_${kind}_${stream}`;
  const wanted = {
    epoch: options.epoch ?? randomBytes(5).toString('hex'),
    streams: options.streams ?? 1,
  };
  const first =
    (await look(wire, nameOf('ES', 0))) ??
    (await create(
      wire,
      nameOf('ES', 0),
      subjectsOf('es', 0, wanted.streams),
      describe(wanted.epoch, wanted.streams),
      replicas,
      true,
    ));
  const found = described(first.config.description);
  if (!found) throw new DaybookError('config.invalid', `The stream ${nameOf('ES', 0)} is not Daybook's.`);
  const { epoch, streams } = found;
  if (options.streams !== undefined && options.streams !== streams) {
    throw new DaybookError(
      'config.invalid',
      `The log was made with ${streams} streams, not ${options.streams}; \`daybook log copy\` changes that.`,
    );
  }
  if (options.epoch !== undefined && options.epoch !== epoch) {
    throw new DaybookError('log.history-changed', `The log's epoch is ${epoch}, not ${options.epoch}.`);
  }
  const events: string[] = [];
  const contents: string[] = [];
  for (let stream = 0; stream < streams; stream++) {
    for (const [kind, root, names] of [
      ['ES', 'es', events],
      ['CT', 'ct', contents],
    ] as const) {
      const name = nameOf(kind, stream);
      const state =
        (await look(wire, name)) ??
        (await create(
          wire,
          name,
          subjectsOf(root, stream, streams),
          describe(epoch, streams),
          first.config.num_replicas,
          kind === 'ES',
        ));
      if (described(state.config.description)?.epoch !== epoch) {
        throw new DaybookError(
          'log.history-changed',
          `The stream ${name} is of another epoch than ${epoch}.`,
        );
      }
      names.push(name);
    }
  }
  return { epoch, streams, replicas: first.config.num_replicas, events, contents };
}

/**
 * Looks, after a reconnect, whether the streams are still those that `layout` names and end no earlier than
 * what they acknowledged (`seen`, by stream). Makes nothing: an empty stream in place of a lost one would hide
 * the loss. Throws `log.history-changed`, or an {@link ApiError} while a stream is not there (yet).
 */
export async function verifyLayout(api: Api, layout: Layout, seen: readonly number[]): Promise<void> {
  for (const [kind, names] of [
    ['events', layout.events],
    ['contents', layout.contents],
  ] as const) {
    for (const [stream, name] of names.entries()) {
      const info = await api<StreamState>(`STREAM.INFO.${name}`, {});
      checkHistory(info, layout.epoch, stream, kind === 'events' ? (seen[stream] ?? 0) : 0, true);
    }
  }
}

/** Throws `log.history-changed` where a stream is no longer the one that `sequence` was read from. */
export function checkHistory(
  info: StreamState,
  epoch: string,
  stream: number,
  sequence: number,
  mayEnd: boolean,
): void {
  const { first_seq, last_seq, messages } = info.state;
  const changed = (what: string) =>
    new DaybookError('log.history-changed', `Stream ${stream} of the log ${what}.`, { stream, sequence });
  if (described(info.config.description)?.epoch !== epoch) throw changed('was recreated');
  if (sequence > last_seq) throw changed(`ends at ${last_seq}, before ${sequence}, which was read from it`);
  const firstLeft = messages === 0 ? last_seq + 1 : first_seq;
  if (!mayEnd && firstLeft > sequence + 1) throw changed(`was truncated: it begins at ${firstLeft}`);
}

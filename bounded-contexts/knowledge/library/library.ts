import {
  aggregates,
  type EventLog,
  type Folded,
  foldCommit,
  type Position,
  parsePosition,
  parseSubject,
  sequenceOf,
  subjectOf,
  unfolded,
} from '../../kernel/index.ts';
import { type DocumentState, documentDecider, type RevisionState } from '../documents/index.ts';
import type { ChunkIndex, Filter } from '../retrieval/index.ts';
import { type LoadPorts, loadRevision, textOfRevision } from './load-revision.ts';
import { passes } from './rows.ts';

export interface LibraryPorts extends LoadPorts {
  readonly log: EventLog;
  readonly index: ChunkIndex;
  /** Told of a revision that could not be put into the index; it is tried again later. */
  readonly report: (error: unknown) => void;
}

/** Every document as the log has it, and the index of those that are found, kept up to date by it. */
export interface Library {
  document(tenant: string, document: string): DocumentState | undefined;
  /** All of a tenant's documents but one. */
  others(tenant: string, document: string): readonly DocumentState[];
  /** What is found now and passes a filter, but for sources and authors. */
  live(tenant: string, filter: Filter): readonly RevisionState[];
  /** The canonical text of a revision, where it is known to this process or its blob is there. */
  textOf(tenant: string, revision: RevisionState): Promise<string>;
  /** Resolves once all up to `position` is in the index, or after `ms`: then false. */
  reached(position: Position, ms: number): Promise<boolean>;
  /** Hears of each change of what is found, once it is so. */
  onChange(hear: (change: LibraryChange) => void): void;
  /** Resolves once all that was on the log at start is in the index. */
  readonly ready: Promise<void>;
  stop(): Promise<void>;
}

export interface LibraryChange {
  readonly tenant: string;
  readonly document: string;
  readonly department: string;
  /** What is found no more, and what is from now on. */
  readonly before: number | undefined;
  readonly now: number | undefined;
  readonly vectors: Float32Array;
  readonly dimensions: number;
}

/** Revisions whose blobs are read at once. */
const atOnce = 4;
const retryMs = 5_000;

export function openLibrary(ports: LibraryPorts): Library {
  const { log, index, report } = ports;
  const states = new Map<string, Folded<DocumentState>>();
  /** By tenant and document, what is in the index: its revision's index blob and model. */
  const held = new Map<
    string,
    { readonly revision: number; readonly blob: string; readonly model: string }
  >();
  const hearers: ((change: LibraryChange) => void)[] = [];
  const through = new Map<number, number>();
  const wakes = new Set<() => void>();
  const subscription = log.subscribe(aggregates('document'), [], { idleMs: 100 });
  const ready = Promise.withResolvers<void>();
  const later = new Set<NodeJS.Timeout>();
  /** One after the other: two of one document must not overtake each other. */
  let turn: Promise<void> = Promise.resolve();

  /** Brings one document's place in the index to what the log says now. */
  async function settle(subject: string): Promise<void> {
    const { tenant, id: document = '' } = parseSubject(subject);
    const state = states.get(subject)?.state;
    const live = state?.live;
    const before = held.get(subject);
    const wanted = live?.indexed;
    if (wanted && before?.blob === wanted.index && before.revision === live.revision) return;
    const department = live?.department ?? state?.present?.department ?? '';
    let vectors: Float32Array = new Float32Array();
    let dimensions = 0;
    if (live && wanted) {
      // A store that outlives this process has it already, as it does where another gateway was faster.
      const there = (await index.stampOf(tenant, wanted.model, document)) === wanted.index;
      if (!there || before) {
        const loaded = await loadRevision(ports, tenant, live);
        ({ vectors, dimensions } = loaded);
        if (!there) await index.put(tenant, wanted.model, loaded.revision);
      }
      if (before && before.model !== wanted.model) await index.remove(tenant, before.model, document);
      held.set(subject, { revision: live.revision, blob: wanted.index, model: wanted.model });
    } else if (before) {
      await index.remove(tenant, before.model, document);
      held.delete(subject);
    } else {
      // It was deleted while nobody heard it.
      const model = state?.status === 'deleted' ? state.present?.indexed?.model : undefined;
      if (model !== undefined && (await index.stampOf(tenant, model, document)) !== undefined)
        await index.remove(tenant, model, document);
      return;
    }
    const change = {
      tenant,
      document,
      department,
      before: before?.revision,
      now: live?.revision,
      vectors,
      dimensions,
    };
    for (const hear of hearers) hear(change);
  }

  /** What cannot be read now is tried again later, and holds up nothing else meanwhile. */
  async function settleOrLater(subject: string): Promise<void> {
    try {
      await settle(subject);
    } catch (error) {
      report(error);
      const timer = setTimeout(() => {
        later.delete(timer);
        turn = turn.then(() => settleOrLater(subject));
      }, retryMs);
      later.add(timer);
    }
  }

  async function settleAll(subjects: ReadonlySet<string>): Promise<void> {
    const waiting = [...subjects];
    const worker = async () => {
      for (let subject = waiting.pop(); subject !== undefined; subject = waiting.pop())
        await settleOrLater(subject);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  }

  const running = (async () => {
    const behind = new Set((await log.info()).streams.map(({ stream }) => stream));
    /** What was touched before the log's end was reached: only how it ended counts. */
    let touched = new Set<string>();
    for await (const batch of subscription) {
      for (const recorded of batch.commits) {
        const before = states.get(recorded.subject) ?? unfolded(documentDecider);
        states.set(recorded.subject, foldCommit(documentDecider, before, recorded));
        touched.add(recorded.subject);
      }
      if (batch.caughtUp) behind.delete(batch.stream);
      if (behind.size === 0) {
        const subjects = touched;
        touched = new Set();
        turn = turn.then(() => settleAll(subjects));
        await turn;
        ready.resolve();
      }
      through.set(batch.stream, sequenceOf(batch.through));
      for (const wake of [...wakes]) wake();
    }
  })().catch((error: unknown) => {
    ready.reject(error);
    report(error);
  });

  return {
    document: (tenant, document) => states.get(subjectOf(tenant, 'document', document))?.state,
    others(tenant, document) {
      const prefix = `${subjectOf(tenant, 'document')}.`;
      const own = `${prefix}${document}`;
      return [...states].flatMap(([subject, { state }]) =>
        subject.startsWith(prefix) && subject !== own && state.status === 'there' ? [state] : [],
      );
    },
    live(tenant, filter) {
      const prefix = `${subjectOf(tenant, 'document')}.`;
      return [...states].flatMap(([subject, { state }]) =>
        subject.startsWith(prefix) && state.live && passes(filter, state.live) ? [state.live] : [],
      );
    },
    textOf: (tenant, revision) => textOfRevision(ports, tenant, revision),
    async reached(position, ms) {
      const { stream, sequence } = parsePosition(position);
      const deadline = performance.now() + ms;
      while ((through.get(stream) ?? -1) < sequence) {
        const left = deadline - performance.now();
        if (left <= 0) return false;
        await new Promise<void>((resolve) => {
          const end = () => {
            clearTimeout(timer);
            wakes.delete(end);
            resolve();
          };
          const timer = setTimeout(end, left);
          wakes.add(end);
        });
      }
      return true;
    },
    onChange: (hear) => void hearers.push(hear),
    ready: ready.promise,
    async stop() {
      await subscription.stop();
      await running;
      for (const timer of later) clearTimeout(timer);
      await turn;
    },
  };
}

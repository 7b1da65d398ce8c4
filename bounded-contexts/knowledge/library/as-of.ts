import { DaybookError, isDaybookError } from '../../../schemas/errors.ts';
import {
  type EventLog,
  type Folded,
  foldCommit,
  type Position,
  parsePosition,
  sequenceOf,
  subjectOf,
  unfolded,
} from '../../kernel/index.ts';
import type { ThemeRow } from '../answering/themes.ts';
import { type DocumentState, documentDecider } from '../documents/index.ts';
import type { ChunkIndex, Filter } from '../retrieval/index.ts';
import { type LoadPorts, loadRevision, textOfRevision } from './load-revision.ts';
import { passes, rowsOf } from './rows.ts';

export interface AsOfPorts extends LoadPorts {
  readonly log: EventLog;
  /** An empty index in memory. */
  readonly newIndex: () => ChunkIndex;
}

/** The knowledge of a tenant as it was. */
export interface KnowledgeAsOf {
  readonly index: ChunkIndex;
  textOf(tenant: string, document: string, revision: number): Promise<string>;
  rows(tenant: string, filter: Filter): Promise<readonly ThemeRow[]>;
}

/** Moments that are kept for whoever asks of the same again. */
const kept = 4;

/** Every document of a tenant as the log had it at a position. */
async function statesAt(
  log: EventLog,
  tenant: string,
  position: Position,
): Promise<Map<string, Folded<DocumentState>>> {
  const { stream, sequence } = parsePosition(position);
  const filter = `${subjectOf(tenant, 'document')}.*`;
  const states = new Map<string, Folded<DocumentState>>();
  const { streams } = await log.info();
  const end = streams.find((one) => one.stream === stream)?.last ?? null;
  if (end === null || sequenceOf(end) < sequence)
    throw new DaybookError('request.invalid', 'at: there is nothing at that position yet.', { param: 'at' });
  const subscription = log.subscribe(filter, []);
  try {
    for await (const batch of subscription) {
      if (batch.stream !== stream) continue;
      for (const recorded of batch.commits) {
        if (recorded.sequence > sequence) return states;
        const before = states.get(recorded.subject) ?? unfolded(documentDecider);
        states.set(recorded.subject, foldCommit(documentDecider, before, recorded));
      }
      if (sequenceOf(batch.through) >= sequence) return states;
    }
  } finally {
    await subscription.stop();
  }
  return states;
}

/**
 * What was found in some departments at a position: the documents as the log had them then, and an index of them made
 * for this purpose. It takes as long as reading them all; the last few are kept.
 */
export function indexAsOf(ports: AsOfPorts) {
  const moments = new Map<string, Promise<KnowledgeAsOf>>();

  async function build(
    tenant: string,
    departments: readonly string[],
    position: Position,
  ): Promise<KnowledgeAsOf> {
    const live = [...(await statesAt(ports.log, tenant, position)).values()].flatMap(({ state }) =>
      state.live && departments.includes(state.live.department) ? [state.live] : [],
    );
    const index = ports.newIndex();
    for (const revision of live) {
      const loaded = await loadRevision(ports, tenant, revision).catch((error: unknown) => {
        // Its files were purged since: of that moment it is missing.
        if (isDaybookError(error, 'resource.not-found')) return undefined;
        throw error;
      });
      if (loaded) await index.put(tenant, revision.indexed?.model ?? '', loaded.revision);
    }
    return {
      index,
      async textOf(_, document, revision) {
        const found = live.find((one) => one.document === document && one.revision === revision);
        if (!found) throw new DaybookError('resource.not-found', 'There is no such revision.');
        return textOfRevision(ports, tenant, found);
      },
      rows: (_, filter) =>
        rowsOf(
          ports,
          tenant,
          live.filter((one) => passes(filter, one)),
        ),
    };
  }

  return (tenant: string, departments: readonly string[], position: Position): Promise<KnowledgeAsOf> => {
    const name = JSON.stringify([tenant, departments.toSorted(), position]);
    const known = moments.get(name) ?? build(tenant, departments, position);
    moments.delete(name);
    moments.set(name, known);
    known.catch(() => moments.delete(name));
    const [oldest] = moments.keys();
    if (moments.size > kept && oldest !== undefined) moments.delete(oldest);
    return known;
  };
}

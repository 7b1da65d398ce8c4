import { startEraser, type Traces } from '../../bounded-contexts/governance/index.ts';
import { systemClock } from '../../bounded-contexts/kernel/index.ts';
import type { ReadStore } from '../../projections/ports.ts';
import {
  contentsOf,
  listKeys,
  recordsNaming,
  sessionsOnlyOf,
  streamedCallsOf,
  waitFor,
} from '../../projections/queries.ts';
import { keepMs } from '../live-streams/index.ts';
import { postgresCheckpoints } from '../process-checkpoints/index.ts';
import type { Parts } from './parts.ts';

const projections = ['llm_invocations', 'keys', 'agent_messages', 'audit_trail'];

/** Where what there is of a person is found and removed. */
function tracesIn({ replies, liveStreams }: Parts, store: ReadStore): Traces {
  return {
    upTo: (position) => waitFor(store, position, projections),
    sessions: (tenant, subject) => sessionsOnlyOf(store, tenant, subject),
    async keys(tenant, user) {
      const keys: string[] = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page: Awaited<ReturnType<typeof listKeys>> = await listKeys(store, tenant, {
          user,
          limit: 500,
          cursor: cursor ?? undefined,
        });
        keys.push(...page.items.filter(({ revokedAt }) => revokedAt === null).map(({ key }) => key));
        cursor = page.next;
      }
      return keys;
    },
    // A call may have begun as long before as it may take; twice the time in which its stream is kept is enough.
    streams: (tenant, subject) =>
      streamedCallsOf(store, tenant, subject, new Date(systemClock() - 2 * keepMs)),
    contents: (tenant, subject) => contentsOf(store, tenant, subject),
    records: (tenant, subject) => recordsNaming(store, tenant, subject),
    removeReplies: (tenant, subject) => replies.forget(tenant, subject),
    removeStream: (tenant, stream) => liveStreams.remove({ tenant, stream }),
  };
}

/** The eraser of a worker. */
export const eraserFor = (
  parts: Parts,
  store: ReadStore,
  report: (error: unknown) => void,
): ReturnType<typeof startEraser> =>
  startEraser({
    log: parts.log,
    contents: parts.contents,
    vault: parts.vault,
    clock: systemClock,
    checkpoints: postgresCheckpoints(parts.pool),
    traces: tracesIn(parts, store),
    report,
  });

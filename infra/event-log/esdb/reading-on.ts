import type { AllStreamRecordedEvent } from '@eventstore/db-client';
import type { EsdbClient } from './client.ts';

interface Place {
  readonly commit: bigint;
  readonly id: string;
}

/** How far `$all` was read. */
export interface Mark {
  /** The last event of all; null before the first. */
  readonly reached: Place | null;
  /** The last one that is not EventStoreDB's own: those may be scavenged away. */
  readonly lasting: Place | null;
}

export const beginning: Mark = { reached: null, lasting: null };

export function markAt({ streamId, id, position }: AllStreamRecordedEvent, before: Mark): Mark {
  const reached = { commit: position.commit, id };
  return { reached, lasting: streamId.startsWith('$') ? before.lasting : reached };
}

/**
 * What follows a mark, each event with the mark that it makes, to the present end. Begins with the very event that was
 * read last, so that a log that lost its end, or another one, is noticed: then it throws what `gone` makes.
 */
export async function* readOn(
  client: EsdbClient,
  mark: Mark,
  gone: () => Error,
): AsyncGenerator<{ readonly event: AllStreamRecordedEvent; readonly mark: Mark }> {
  let begun = mark.reached === null;
  let now = mark;
  for await (const event of client.all(mark.reached?.commit ?? null)) {
    if (!begun) {
      if (event.id !== mark.reached?.id || event.position.commit !== mark.reached.commit) break;
      begun = true;
      continue;
    }
    now = markAt(event, now);
    yield { event, mark: now };
  }
  if (begun) return;
  if (mark.reached?.commit === mark.lasting?.commit) throw gone();
  yield* readOn(client, { reached: mark.lasting, lasting: mark.lasting }, gone);
}

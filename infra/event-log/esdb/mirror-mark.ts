import { ANY, jsonEvent } from '@eventstore/db-client';
import { z } from 'zod';
import type { EsdbClient } from './client.ts';
import { eventUuid, ownPrefix } from './form.ts';

const marks = `${ownPrefix}mirror`;
const reachedSchema = z.object({ reached: z.array(z.number().int().nonnegative()) });

/**
 * By source stream, the sequence up to which the mirror surely has everything. It may have more: what was written
 * after the last mark is passed over, commit by commit.
 */
export async function reachedBefore(client: EsdbClient, streams: number): Promise<number[]> {
  const [last] = await client.stream(marks, undefined, 1);
  const reached = last ? reachedSchema.parse(last.data).reached : [];
  return Array.from({ length: streams }, (_, stream) => reached[stream] ?? 0);
}

export async function markReached(client: EsdbClient, reached: readonly number[]): Promise<void> {
  const event = jsonEvent({
    id: eventUuid(marks, ...reached),
    type: 'daybook.mirror.reached',
    data: { reached: [...reached] },
  });
  await client.append(marks, [event], ANY);
}

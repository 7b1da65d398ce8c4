import { jsonEvent, NO_STREAM } from '@eventstore/db-client';
import { z } from 'zod';
import { DaybookError } from '../../../schemas/errors.ts';
import type { EsdbClient } from './client.ts';
import { eventUuid, ownPrefix } from './form.ts';

const created = z.object({ epoch: z.string().regex(/^[A-Za-z0-9]+$/) });
const birth = `${ownPrefix}log`;

export async function epochOf(client: EsdbClient): Promise<string | undefined> {
  const [event] = await client.stream(birth, 0n, 1);
  return event && created.parse(event.data).epoch;
}

/** The epoch of what lies there; where nothing does, `wanted` from now on. */
export async function epochMade(client: EsdbClient, wanted: string): Promise<string> {
  const found = await epochOf(client);
  if (found !== undefined) return found;
  const event = jsonEvent({
    id: eventUuid(birth, wanted),
    type: 'daybook.log.created',
    data: { epoch: wanted },
  });
  await client.append(birth, [event], NO_STREAM);
  const made = await epochOf(client);
  if (made === undefined) throw new DaybookError('log.unavailable', 'The log could not be made.');
  return made;
}

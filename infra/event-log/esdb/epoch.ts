import { jsonEvent, NO_STREAM } from '@eventstore/db-client';
import { z } from 'zod';
import { DaybookError } from '../../../schemas/errors.ts';
import type { EsdbClient } from './client.ts';
import { eventUuid, ownPrefix } from './form.ts';

const created = z.object({ epoch: z.string().regex(/^[A-Za-z0-9]+$/) });
const birth = `${ownPrefix}log`;
const holdsMs = 5_000;

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

/** Whether the log is still the one that was opened. */
export interface EpochGuard {
  /** Asks now. Throws `log.history-changed` where it is another. */
  prove(): Promise<void>;
  /** Asks where the last proof is older than five seconds. */
  fresh(): Promise<void>;
  proven(): void;
  /** From now on nothing is appended through this client. */
  changed(message: string): DaybookError;
}

/**
 * EventStoreDB appends to one stream at a time, so that no append can expect an epoch. A proof holds for five seconds,
 * then it is asked for anew; each reading that begins where the last had ended is one, too.
 */
export function epochGuard(client: EsdbClient, epoch: string): EpochGuard {
  let provenAt = performance.now();
  let broken: DaybookError | undefined;
  const guard: EpochGuard = {
    async prove() {
      if (broken) throw broken;
      const begun = performance.now();
      if ((await epochOf(client)) !== epoch)
        throw guard.changed(`The log there is of another epoch than ${epoch}.`);
      provenAt = begun;
    },
    async fresh() {
      if (broken) throw broken;
      if (performance.now() - provenAt > holdsMs) await guard.prove();
    },
    proven() {
      provenAt = performance.now();
    },
    changed(message) {
      broken ??= new DaybookError('log.history-changed', message);
      return broken;
    },
  };
  return guard;
}

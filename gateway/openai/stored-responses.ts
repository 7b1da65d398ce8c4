import type { Principal } from '../../bounded-contexts/identity/index.ts';
import type { Json } from '../../bounded-contexts/inference/index.ts';
import {
  type Clock,
  type ContentLog,
  type ContentReader,
  contentReader,
  timeOfUuidv7,
  type Vault,
} from '../../bounded-contexts/kernel/index.ts';
import { findContents, getInvocation, type Invocation, type ReadStore } from '../../projections/queries.ts';
import { DaybookError } from '../../schemas/errors.ts';

export interface StoredResponsePorts {
  readonly store: ReadStore;
  readonly contentLog: ContentLog;
  readonly vault: Vault;
  readonly clock: Clock;
}

export interface StoredResponse {
  /** As it was asked, what it went on from put in. */
  readonly request: Json;
  readonly response: Json;
}

/**
 * The response of an id, for the key that asked for it or an administrator's; undefined where there is none, or it
 * was not to be kept. Throws `vault.redacted` where its person was erased.
 */
export type FindResponse = (principal: Principal, id: string) => Promise<StoredResponse | undefined>;

/** A call may take this long; an id that is older and unknown stays unknown. */
const youngMs = 600_000;
/** How long a young one is waited for: read models follow the log. */
const patienceMs = 5_000;
const pauseMs = 10;

export function storedResponses({ store, contentLog, vault, clock }: StoredResponsePorts): FindResponse {
  const reader = contentReader({
    contents: contentLog,
    vault,
    find: async (tenant, id) => (await findContents(store, tenant, [id])).get(id) ?? null,
  });

  return async (principal, id) => {
    const invocation = /^resp_([0-9a-f-]{36})$/.exec(id)?.[1] ?? '';
    const made = timeOfUuidv7(invocation);
    if (made === undefined) return undefined;
    const { tenant } = principal;
    const patience = Math.abs(clock() - made) < youngMs ? patienceMs : 0;
    const deadline = performance.now() + patience;
    const one = await until(deadline, () => getInvocation(store, tenant, invocation));
    if (!one || (one.key !== principal.key && principal.permissions.get('contents.read') !== 'tenant'))
      return undefined;
    const [request, response] = await Promise.all([
      until(deadline, () => contentOf(reader, tenant, one, 'prompt')),
      until(deadline, () => contentOf(reader, tenant, one, 'response')),
    ]);
    if (!request || !response) return undefined;
    // Of a stream its last event was kept, which holds the response.
    const { response: inner } = response;
    return { request, response: response['object'] === 'response' ? response : (inner as Json) };
  };
}

async function contentOf(
  reader: ContentReader,
  tenant: string,
  { dataSubject: subject, ...invocation }: Invocation,
  field: 'prompt' | 'response',
): Promise<Json | undefined | null> {
  const id = invocation[field];
  if (id === null || subject === null) return undefined;
  const found = await reader.read({ tenant, subject, id, field });
  if (found === null) return null;
  if ('redacted' in found) throw new DaybookError('vault.redacted');
  const value: unknown = JSON.parse(Buffer.from(found).toString());
  return value as Json;
}

/** Asks again while the answer is null. */
async function until<T>(deadline: number, ask: () => Promise<T | null>): Promise<T | null> {
  for (;;) {
    const found = await ask();
    if (found !== null || performance.now() > deadline) return found;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

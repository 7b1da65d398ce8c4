import type { Principal } from '../../bounded-contexts/identity/index.ts';
import type { Json } from '../../bounded-contexts/inference/index.ts';
import {
  type Clock,
  type ContentLog,
  type ContentReader,
  contentReader,
  type EventLog,
  subjectOf,
  timeOfUuidv7,
  type Vault,
} from '../../bounded-contexts/kernel/index.ts';
import {
  findContents,
  getInvocation,
  type Invocation,
  type ReadStore,
  waitFor,
} from '../../projections/queries.ts';
import { DaybookError } from '../../schemas/errors.ts';

export interface StoredResponsePorts {
  readonly log: Pick<EventLog, 'last'>;
  readonly store: ReadStore;
  readonly contentLog: ContentLog;
  readonly vault: Vault;
  readonly clock: Clock;
  /** In ms; default 5,000. */
  readonly patienceMs?: number;
}

export interface StoredResponse {
  /** As it was asked, what it went on from put in. */
  readonly request: Json;
  readonly response: Json;
}

/**
 * The response of an id, for the key that asked for it or an administrator's; undefined where there is none, or it
 * was not to be kept. Throws `vault.redacted` where its person was erased, and `read-store.behind` where the read models
 * have not come so far as the log was when it was asked for: nobody knows yet.
 */
export type FindResponse = (principal: Principal, id: string) => Promise<StoredResponse | undefined>;

/** How long the read model is waited for, in ms, before its lag is said to be the reason. */
const defaultPatienceMs = 5_000;
/** Contents that are older than this and not to be found have ended with their retention. */
const youngMs = 600_000;
const pauseMs = 10;

export function storedResponses(ports: StoredResponsePorts): FindResponse {
  const { store, contentLog, vault, clock, patienceMs = defaultPatienceMs } = ports;
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
    const deadline = performance.now() + patienceMs;
    const one = (await getInvocation(store, tenant, invocation)) ?? (await afterTheLog(tenant, invocation));
    if (!one || (one.key !== principal.key && principal.permissions.get('contents.read') !== 'tenant'))
      return undefined;
    // The contents of a call that is recorded are stored: the index of them may only lag behind.
    const patience = Math.abs(clock() - made) < youngMs ? deadline : 0;
    const [request, response] = await Promise.all([
      until(patience, () => contentOf(reader, tenant, one, 'prompt')),
      until(patience, () => contentOf(reader, tenant, one, 'response')),
    ]);
    if (patience > 0 && (request === null || response === null))
      throw new DaybookError('read-store.behind', undefined, { projection: 'content_index' });
    if (!request || !response) return undefined;
    // Of a stream its last event was kept, which holds the response.
    const { response: inner } = response;
    return { request, response: response['object'] === 'response' ? response : (inner as Json) };
  };

  /** As the read model has it once it includes all that the log holds now: what is unknown then, was never recorded. */
  async function afterTheLog(tenant: string, invocation: string): Promise<Invocation | null> {
    const last = await ports.log.last(subjectOf(tenant, 'invocations'));
    if (!last) return null;
    await waitFor(store, last.position, ['llm_invocations'], patienceMs);
    return getInvocation(store, tenant, invocation);
  }
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

import type { DaybookEvent, EventData } from '../../../schemas/events/index.ts';
import { actorOf, type Principal } from '../../identity/index.ts';
import type { Clock, FactWriter, Vault } from '../../kernel/index.ts';
import { truncated } from './address.ts';
import { refusalGate } from './refusals.ts';

/** Who asked for what, from where. */
export interface Request {
  /** Undefined where nobody knows who it was: then it is told to the installation's own tenant. */
  readonly principal: Pick<Principal, 'tenant' | 'key' | 'user' | 'source'> | undefined;
  readonly route: string;
  readonly requestId: string;
  /** The client's, whole; only a part of it is kept. */
  readonly address: string | undefined;
}

type Of<T extends 'contents.opened' | 'data.exported'> = Omit<
  EventData<T>,
  'route' | 'request' | 'user' | 'address'
>;

/** Puts on the log what changes nothing, and yet somebody may have to answer for. */
export interface AuditRecorder {
  /** Soon, and not every one: see {@link refusalGate}. Never throws. */
  refused(request: Request, code: string): void;
  /** Resolves once it is on the log: nothing is shown of which nobody knows that it was. */
  opened(request: Request, what: Of<'contents.opened'>): Promise<void>;
  exported(request: Request, what: Of<'data.exported'>): Promise<void>;
  stop(): Promise<void>;
}

export interface AuditRecorderPorts {
  readonly facts: FactWriter;
  readonly vault: Pick<Vault, 'seal'>;
  readonly clock: Clock;
  readonly addresses: 'off' | 'truncated';
  /** Hears of refusals that could not be recorded. */
  readonly onError: (error: unknown) => void;
}

const installation = 'default';
const settleEveryMs = 15_000;

/** What seals the address of a request. */
export const addressPlace = (tenant: string, request: string) => ({
  tenant,
  subject: 'tenant',
  id: request,
  field: 'address',
});

export function auditRecorder(ports: AuditRecorderPorts): AuditRecorder {
  const { facts, vault, clock, onError } = ports;
  const gate = refusalGate<{ request: Request; code: string }>();

  async function askedBy({ principal, route, requestId, address }: Request) {
    const kept = ports.addresses === 'off' || address === undefined ? undefined : truncated(address);
    const place = addressPlace(principal?.tenant ?? installation, requestId);
    return {
      route: route.slice(0, 200),
      request: requestId,
      ...(principal?.user === undefined ? {} : { user: principal.user }),
      ...(kept === undefined
        ? {}
        : { address: Buffer.from(await vault.seal(place, Buffer.from(kept))).toString('base64url') }),
    };
  }

  async function append({ principal }: Request, event: DaybookEvent): Promise<void> {
    const by = { actor: principal ? actorOf(principal) : 'anonymous' };
    await facts.append(principal?.tenant ?? installation, 'audit', { ...event, by });
  }

  function record(request: Request, code: string, leftOut: number): void {
    askedBy(request)
      .then((asked) => append(request, { type: 'access.refused', data: { ...asked, code, leftOut } }))
      .catch(onError);
  }

  const settling = setInterval(() => settle(clock()), settleEveryMs);
  const settle = (now: number) => {
    for (const { refusal, leftOut } of gate.settle(now)) record(refusal.request, refusal.code, leftOut);
  };

  return {
    refused(request, code) {
      const { principal, address } = request;
      const caller = principal
        ? `${principal.tenant}/${principal.key}`
        : `from ${truncated(address ?? '') ?? 'nowhere'}`;
      const leftOut = gate.pass(caller, { request, code }, clock());
      if (leftOut !== undefined) record(request, code, leftOut);
    },
    async opened(request, what) {
      await append(request, { type: 'contents.opened', data: { ...(await askedBy(request)), ...what } });
    },
    async exported(request, what) {
      await append(request, { type: 'data.exported', data: { ...(await askedBy(request)), ...what } });
    },
    async stop() {
      clearInterval(settling);
      // What was counted is said also where the process ends before its minute.
      settle(Number.POSITIVE_INFINITY);
      await facts.drained();
    },
  };
}

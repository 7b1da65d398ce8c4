import type { Principal } from '../../bounded-contexts/identity/index.ts';
import { type Call, inputBound, invoke, route, scopesOf } from '../../bounded-contexts/inference/index.ts';
import { uuidv7 } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import type { Attribution } from '../../schemas/events/index.ts';
import { keepsLocal, questionOf } from './call-options.ts';
import type { ModelCallPorts } from './model-call.ts';
import type { Surface } from './surface.ts';

export interface InnerCall {
  /** Whose dialect the body is in. */
  readonly surface: Surface;
  readonly principal: Principal;
  readonly attribution: Attribution;
  readonly body: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}

export interface InnerAnswer {
  readonly invocation: string;
  /** `provider/model`. */
  readonly model: string;
  readonly tier: number;
  readonly body: unknown;
}

/**
 * A call of a model by Daybook itself, for somebody: routed, guarded by budgets, recorded and paid as any that comes by
 * HTTP. Whole answers only. Throws what a caller would be told.
 */
export async function innerCall(
  ports: ModelCallPorts,
  { surface, principal, attribution, body, signal }: InnerCall,
): Promise<InnerAnswer> {
  const arrived = performance.now();
  const invocation = uuidv7(ports.clock());
  const bytes = Buffer.from(JSON.stringify(body));
  const asked = surface.parse(body);
  const { tenant } = principal;
  const ended = new AbortController();
  const leave = () => ended.abort(signal.reason);
  const { policy } = ports.plan();
  const department =
    attribution.department === undefined ? undefined : ports.department(tenant, attribution.department);
  const privacy =
    principal.private ??
    (policy.privacy.tenant || ports.tenant(tenant)?.policies.privacy === 'local-only'
      ? 'tenant'
      : keepsLocal(department, policy.privacy)
        ? 'department'
        : undefined);
  const routed = route(
    ports,
    questionOf(surface, asked, bytes, privacy !== undefined, principal, invocation),
    () => ports.ledgers.pressure(tenant, scopesOf({ attribution })) ?? undefined,
  );
  const call: Call = {
    tenant,
    invocation,
    trace: invocation.replaceAll('-', ''),
    attribution,
    requestedModel: asked.model,
    routed,
    operation: surface.operation,
    body,
    bytes,
    streamed: false,
    wantsUsageFrame: false,
    privacy,
    inputBound: inputBound(bytes.length, asked.messages, asked.images),
    maxTokens: asked.maxTokens,
    choices: asked.choices,
    midStream: 'error',
    markers: [],
    arrived,
    ended,
  };
  if (signal.aborted) leave();
  else signal.addEventListener('abort', leave, { once: true });
  const answer = await invoke(ports, call).finally(() => signal.removeEventListener('abort', leave));
  if (answer.body === undefined) throw new DaybookError('internal', 'A whole answer has no body.');
  return {
    invocation,
    model: `${answer.head.provider}/${answer.head.model}`,
    tier: answer.head.tier,
    body: JSON.parse(Buffer.from(answer.body).toString()),
  };
}

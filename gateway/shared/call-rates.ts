import type { Principal } from '../../bounded-contexts/identity/index.ts';
import { type Call, outputBoundOf } from '../../bounded-contexts/inference/index.ts';
import type { RateBound, Taken } from '../../bounded-contexts/kernel/index.ts';
import { addAll, type Head } from './head.ts';
import { rateHeaders } from './rate-headers.ts';
import { boundsOf, callerOf, type RatePorts, refusalOf } from './rates.ts';
import type { Surface } from './surface.ts';

/** The bounds of a call; none where none is configured for its caller, and then nothing is waited for. */
export function boundsOfCall({ limitsOf }: RatePorts, principal: Principal, call: Call): RateBound[] {
  const { attribution, inputBound, routed } = call;
  const [first] = routed.candidates;
  return boundsOf(limitsOf(principal), {
    family: 'calls',
    key: principal.key,
    user: attribution.user ?? callerOf(principal),
    tokens: inputBound + (first ? outputBoundOf(call, first) : 0),
  });
}

/**
 * Lets a call pass its bounds, all or none, and tells its caller how they stand. Throws `limit.rate-exceeded` and
 * `limit.concurrent-exceeded`.
 */
export async function admitCall(
  { rates, onLimited }: RatePorts,
  surface: Surface,
  call: Call,
  bounds: readonly RateBound[],
  head: Head,
  leaseMs: number,
  now: number,
): Promise<Taken> {
  const admission = await rates.take(call.tenant, call.invocation, bounds, leaseMs);
  const { standings } = admission;
  addAll(head, rateHeaders(standings));
  addAll(head, surface.rateHeaders(standings, now));
  if (admission.admitted) return admission.taken;
  onLimited(admission.refusedBy);
  throw refusalOf(admission);
}

/**
 * Lets a request that asks a provider, but no model, pass its caller's bounds on requests. Throws
 * `limit.rate-exceeded`.
 */
export async function admitRequest(
  { rates, limitsOf, onLimited }: RatePorts,
  principal: Principal,
  requestId: string,
): Promise<void> {
  const bounds = boundsOf(limitsOf(principal), {
    family: 'calls',
    key: principal.key,
    user: callerOf(principal),
    tokens: 0,
  }).filter(({ unit }) => unit === 'requests');
  if (bounds.length === 0) return;
  const admission = await rates.take(principal.tenant, requestId, bounds, 1);
  if (admission.admitted) return;
  onLimited(admission.refusedBy);
  throw refusalOf(admission);
}

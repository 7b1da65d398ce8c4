import type { RoutingPolicy } from '../../../schemas/config/routing.ts';
import type { ErrorCode } from '../../../schemas/errors.ts';
import type { ProviderFailure } from '../ports.ts';

/** What is done after an attempt failed and nothing of its answer has reached the caller. */
export type NextStep =
  | { readonly kind: 'again'; readonly afterMs: number }
  | { readonly kind: 'next' }
  | { readonly kind: 'stop' };

/**
 * Failures that say that the provider does not serve us now, a refused key of ours among them. A bad request and a
 * rate limit say nothing of that kind.
 */
const unhealthy: ReadonlySet<ErrorCode> = new Set([
  'provider.unreachable',
  'provider.timeout',
  'provider.error',
  'provider.overloaded',
  'provider.garbage',
  'provider.cut-off',
]);

export const countsAgainst = (failure: ProviderFailure): boolean => unhealthy.has(failure.code);

const stop: NextStep = { kind: 'stop' };
const next: NextStep = { kind: 'next' };

/** Statuses after which the same request may well succeed a moment later. */
const passing: ReadonlySet<number> = new Set([409, 500, 502]);

/**
 * A transient error is tried once more at the same model, with jitter; a short `retry-after` is waited for;
 * silence, overload and everything that waiting does not cure move on at once. `tries`: attempts at this model
 * so far. `chance`: from 0 to 1. `left`: ms until the call's deadline.
 */
export function afterFailure(
  failure: ProviderFailure,
  tries: number,
  chance: number,
  left: number,
  policy: RoutingPolicy['attempts'],
): NextStep {
  const { code, details } = failure;
  const again = (afterMs: number): NextStep =>
    tries < 2 && afterMs < left ? { kind: 'again', afterMs } : next;
  switch (code) {
    case 'provider.rate-limited': {
      const { retryAfterMs } = details;
      return retryAfterMs !== undefined && retryAfterMs <= policy.longestRetryAfterMs
        ? again(retryAfterMs)
        : next;
    }
    case 'provider.error':
      return details.status !== undefined && passing.has(details.status)
        ? again(pause(policy, chance))
        : next;
    case 'provider.cut-off':
      // Reset before its headers: nothing was begun. Later it may bill, and a second time, too.
      return details.accepted ? next : again(pause(policy, chance));
    case 'provider.unreachable':
      return details.reset === true ? again(pause(policy, chance)) : next;
    case 'provider.timeout':
    case 'provider.overloaded':
    case 'provider.garbage':
    case 'provider.context-exceeded':
    case 'request.unsupported':
      return next;
    default:
      return stop;
  }
}

/** `backoffMs` plus or minus up to half of it. */
const pause = ({ backoffMs }: RoutingPolicy['attempts'], chance: number) =>
  Math.round(backoffMs * (0.5 + chance));

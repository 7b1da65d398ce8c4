import type { Principal } from '../../bounded-contexts/identity/index.ts';
import type { Admission, RateBound, RateLimiter } from '../../bounded-contexts/kernel/index.ts';
import type { RateRule, Rates } from '../../schemas/config/rates.ts';
import { DaybookError } from '../../schemas/errors.ts';

/**
 * The limits in force for a principal, without I/O. It is asked at every request, so that a change holds for the
 * next one.
 */
export type LimitsOf = (principal: Principal) => Rates;

export interface RatePorts {
  readonly rates: RateLimiter;
  readonly limitsOf: LimitsOf;
  /** Hears of each refusal, for metrics. */
  readonly onLimited: (bound: RateBound) => void;
}

/** Who calls, where nobody says for whom: the person that it acts for, else the key itself, so that limits of a user hold too. */
export const callerOf = ({ user, key }: Principal): string => user ?? key;

/** Whose limits a request passes. */
export interface Asking {
  /** Calls of models and management are counted apart. */
  readonly family: 'calls' | 'management';
  readonly key: string;
  readonly user: string;
  /** Of calls of models: the bound of what they may come to. */
  readonly tokens: number;
}

type Rules = Readonly<Record<'key' | 'user' | 'tenant', RateRule>>;

/** The bounds that are in force for a request; none where none is configured. */
export function boundsOf(rules: Rules, { family, key, user, tokens }: Asking): RateBound[] {
  const bounds: RateBound[] = [];
  const add = (of: keyof Rules, id: string) => {
    const { requestsPerMinute, tokensPerMinute, concurrent } = rules[of];
    if (requestsPerMinute == null && tokensPerMinute == null && concurrent == null) return;
    const scope = `${family}:${of}${id}`;
    if (requestsPerMinute != null)
      bounds.push({ policy: `${of}-requests`, scope, unit: 'requests', limit: requestsPerMinute, amount: 1 });
    if (tokensPerMinute != null)
      bounds.push({ policy: `${of}-tokens`, scope, unit: 'tokens', limit: tokensPerMinute, amount: tokens });
    if (concurrent != null)
      bounds.push({ policy: `${of}-concurrent`, scope, unit: 'concurrent', limit: concurrent, amount: 1 });
  };
  add('key', `:${key}`);
  add('user', `:${user}`);
  add('tenant', '');
  return bounds;
}

/** A refusal in words, with when to come again. */
export function refusalOf({
  refusedBy: { policy, unit, limit },
  retryAfterMs,
}: Extract<Admission, { admitted: false }>): DaybookError {
  const scope = policy.split('-', 1)[0] ?? '';
  const fields = { retryAfterMs, scope, unit, limit };
  return unit === 'concurrent'
    ? new DaybookError(
        'limit.concurrent-exceeded',
        `At most ${limit} calls at once are allowed to this ${scope}; repeat when one has ended.`,
        fields,
      )
    : new DaybookError(
        'limit.rate-exceeded',
        `At most ${limit} ${unit} a minute are allowed to this ${scope}; repeat in ${Math.ceil(retryAfterMs / 1_000)} s.`,
        fields,
      );
}

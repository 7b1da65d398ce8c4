/** What a bound counts: those of a minute, or those that are there at once. */
export type RateUnit = 'requests' | 'tokens' | 'concurrent';

/** One bound that a request must pass. */
export interface RateBound {
  /** Its name to the caller: `user-requests`. One name stands once in a request. */
  readonly policy: string;
  /** Whose it is within the tenant, and of which family of routes: `calls:user:u_1`. */
  readonly scope: string;
  readonly unit: RateUnit;
  /** At most so many: a minute, or at once. */
  readonly limit: number;
  /** What this request takes; of more than the limit, the whole limit is taken. */
  readonly amount: number;
}

/** How a bound stands after a request was admitted or refused. */
export interface Standing {
  readonly bound: RateBound;
  readonly remaining: number;
  /** Until more is there again; 0 where that follows from no clock. */
  readonly resetMs: number;
}

/** What was taken, to be corrected and given back. */
export interface Taken {
  readonly tenant: string;
  readonly request: string;
  readonly bounds: readonly RateBound[];
  /** The slice of time in which it was counted. */
  readonly slice: number;
  /** It was counted by this process alone. */
  readonly local: boolean;
}

export type Admission =
  | { readonly admitted: true; readonly standings: readonly Standing[]; readonly taken: Taken }
  | {
      readonly admitted: false;
      readonly standings: readonly Standing[];
      readonly refusedBy: RateBound;
      /** Until the same request may be admitted; a guess where that follows from no clock. */
      readonly retryAfterMs: number;
    };

/**
 * Counts requests against all their bounds at once: all are taken or none. No minute, wherever it begins, sees more
 * than a limit; what was taken comes back after 60 to 65 s.
 */
export interface RateLimiter {
  /** `leaseMs`: after so long a request that was never given back is no longer counted as one of those at once. */
  take(tenant: string, request: string, bounds: readonly RateBound[], leaseMs: number): Promise<Admission>;
  /** The request is over: its place is free, and it came to so many tokens. Never throws. */
  giveBack(taken: Taken, tokens: number): Promise<void>;
  /** Whether several processes see the same counts now. */
  readonly shared: () => boolean;
  close(): Promise<void>;
}

/** A minute is counted in slices of so many ms. */
export const sliceMs = 5_000;
/** A slice counts until no minute that touched it can touch the present. */
export const slicesCounted = 60_000 / sliceMs + 1;

/** The guess where a place among those at once must become free. */
export const concurrentRetryMs = 1_000;

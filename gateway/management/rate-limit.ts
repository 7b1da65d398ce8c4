import type { MiddlewareHandler } from 'hono';
import { rateHeaders } from '../shared/rate-headers.ts';
import { boundsOf, callerOf, refusalOf } from '../shared/rates.ts';
import type { Bound, ManagementPorts } from './ports.ts';
import { problemResponse } from './problem.ts';

/** Nothing here holds a place among those at once. */
const noLease = 1;

/** Management routes pass the limits of their principal; every answer says how they stand. */
export function rateLimit({ limits, onBug }: ManagementPorts): MiddlewareHandler<Bound> {
  return async (context, next) => {
    const principal = context.get('principal');
    const bounds = boundsOf(limits.limitsOf(principal).management, {
      family: 'management',
      key: principal.key,
      user: callerOf(principal),
      tokens: 0,
    });
    if (bounds.length === 0) return next();
    const admission = await limits.rates.take(principal.tenant, context.get('requestId'), bounds, noLease);
    if (!admission.admitted) {
      limits.onLimited(admission.refusedBy);
      context.res = problemResponse(refusalOf(admission), context, onBug);
    } else await next();
    for (const [name, value] of Object.entries(rateHeaders(admission.standings)))
      context.res.headers.set(name, value);
  };
}

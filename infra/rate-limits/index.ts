/**
 * Rate limits: the kernel's `RateLimiter` on Redis, where several gateways count together, or in this process's
 * memory. Both pass one contract suite. What they lose is at most a minute's counts.
 */
export { inProcessRates } from './in-process.ts';
export { redisRates } from './redis.ts';

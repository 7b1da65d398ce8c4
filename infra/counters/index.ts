/**
 * Counters of cost and of budgets, beside the read models: on Redis, where several processes see the same
 * ones, or in this process's memory. Both implement the projections' `CounterStore` and pass one contract
 * suite. They own no events; whatever they lose is counted again from the log.
 */
export { inProcessCounters } from './in-process.ts';
export { redisCounters } from './redis.ts';

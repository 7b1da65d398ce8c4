/**
 * Routing: who answers a call, and what is done when they do not. `decide` is a pure function of the question,
 * the published plan (policy, models, prices) and the conditions (open circuits, health, latency, soft
 * budgets); its result is recorded with the call and can be computed again from the log. Owns the family
 * `breaker` (one aggregate a model) and `routing.published`.
 */
export * from './after-failure.ts';
export * from './breaker.ts';
export * from './breakers.ts';
export * from './complexity.ts';
export * from './decide.ts';
export * from './explain.ts';
export * from './plan.ts';
export * from './replay.ts';
export * from './slots.ts';

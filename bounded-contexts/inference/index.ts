/**
 * Inference: one call of a model, from a routed request to a recorded and paid answer. Owns the facts of
 * family `invocations` (`invocation.completed`, `invocation.refused`), the families `prices` and `routing`
 * (what was in force when), and `breaker`. `route` says who may answer, `invoke` is the order of a call;
 * routing, dialects, pricing and bounds are pure.
 */
export * from './bounds.ts';
export * from './call.ts';
export * from './catalogue.ts';
export * from './dialects/index.ts';
export { outputBoundOf, scopesOf } from './funds.ts';
export { type Answer, type InferencePorts, invoke } from './invoke.ts';
export * from './live-streams.ts';
export * from './ports.ts';
export * from './pricing.ts';
export { priceBooks, publishPlan, publishPriceBook } from './publish.ts';
export { dataSubjectOf, recordReplay } from './record.ts';
export * from './replies.ts';
export { pricesOf, restatement } from './reprice.ts';
export { latencies, type RoutePorts, route } from './route.ts';
export * from './routing/index.ts';

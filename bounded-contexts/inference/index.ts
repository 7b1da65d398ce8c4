/**
 * Inference: one call of a model, from a routed request to a recorded and paid answer. Owns the facts of
 * family `invocations` (`invocation.completed`, `invocation.refused`) and the family `prices`
 * (`price-book.published`). `invoke` is the order of a call; `route`, pricing and bounds are pure.
 */
export * from './bounds.ts';
export * from './call.ts';
export * from './catalogue.ts';
export * from './dialects/index.ts';
export { type Answer, type InferencePorts, invoke } from './invoke.ts';
export * from './ports.ts';
export { publishPriceBook } from './price-book.ts';
export * from './pricing.ts';
export { type Candidate, route } from './route.ts';

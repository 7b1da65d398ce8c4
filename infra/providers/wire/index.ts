/**
 * HTTP as providers speak it, whatever their dialect: time-outs, encodings, sizes, server-sent events, and one
 * taxonomy of what can go wrong, with the provider's own words kept.
 */
export type { WholeAnswer } from './ask.ts';
export { afterFinishMs, brokeOff, oneLine, stopReading, unfinished, withinMs } from './endings.ts';
export { rateLimitsOf } from './rate-limits.ts';
export { jsonOf, refusal } from './refusal.ts';
export { headerOf } from './retry-after.ts';
export { errorIn, saidOf } from './said.ts';
export { sseEvents, sseReads } from './sse.ts';
export { chunksOf, type Wire, type WireAnswer, type WireOptions, wire } from './wire.ts';

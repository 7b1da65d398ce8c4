/**
 * HTTP as providers speak it, whatever their dialect: time-outs, encodings, sizes, server-sent events, and one
 * taxonomy of what can go wrong, with the provider's own words kept.
 */
export type { WholeAnswer } from './ask.ts';
export { brokeOff, oneLine, unfinished } from './endings.ts';
export { eventStream } from './event-stream.ts';
export { rateLimitsOf } from './rate-limits.ts';
export { isRecord } from './record.ts';
export { jsonOf, refusal } from './refusal.ts';
export { headerOf } from './retry-after.ts';
export { errorIn, saidOf } from './said.ts';
export { sseEvents } from './sse.ts';
export { chunksOf, type Wire, type WireAnswer, type WireOptions, wire } from './wire.ts';

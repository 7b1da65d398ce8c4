/**
 * Knowledge: from what people bring to answers whose every citation was found in its source. Each folder is a part of
 * it with its own door. `documents/` owns the family `document.<id>`, `answering/` the family `queries`; what is in the
 * others are functions of their arguments.
 */
export * from './answering/index.ts';
export * from './chunking/index.ts';
export * from './citations/index.ts';
export * from './confidence/index.ts';
export * from './documents/index.ts';
export * from './guardrails/index.ts';
export * from './ingestion/index.ts';
export * from './library/index.ts';
export * from './prompts/index.ts';
export * from './retrieval/index.ts';
export * from './semantic-cache/index.ts';
export * from './text/index.ts';
export * from './verification/index.ts';

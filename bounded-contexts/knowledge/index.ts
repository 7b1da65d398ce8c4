/**
 * Knowledge: what people bring, how it is found, and answers whose every citation is checked. `documents/` owns the
 * family `document.<id>`; all else here is functions of their arguments.
 */
export * from './documents/index.ts';
export * from './ingestion/index.ts';

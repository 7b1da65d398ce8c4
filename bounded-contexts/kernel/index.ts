/**
 * The kernel: the words that every context is written in. A decider says what may happen; `execute` makes it
 * happen exactly once on the event log; facts are appended in groups; contents and keys have ports of their
 * own. It owns no events and no state.
 */
export * from './append.ts';
export * from './clock.ts';
export * from './commit.ts';
export * from './content-reader.ts';
export * from './content-writer.ts';
export * from './contents.ts';
export * from './decider.ts';
export * from './event-log.ts';
export * from './execute.ts';
export * from './fact-writer.ts';
export * from './group.ts';
export * from './ids.ts';
export * from './money.ts';
export * from './patiently.ts';
export * from './position.ts';
export * from './position-codec.ts';
export * from './stored.ts';
export * from './subjects.ts';
export * from './vault.ts';

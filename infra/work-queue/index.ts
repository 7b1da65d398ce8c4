/**
 * The queue of documents that ask to be ingested: durable pull consumers on the log's own streams where it is on
 * JetStream, else a reading of the log by the one process that has it. It owns no events: the log is the queue.
 */
export { jetStreamQueue } from './jetstream.ts';
export { logQueue } from './log.ts';

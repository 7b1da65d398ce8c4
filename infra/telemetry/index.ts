/** What a process says of itself: its log, without secrets. */
export { processLogger } from './logger.ts';

import type { StreamingRead } from '@eventstore/db-client';
import { DaybookError } from '../../../schemas/errors.ts';

/** Longest silence of a server that is being read, in ms. */
const silenceMs = 3_000;

/**
 * What a read delivers. Throws where its call failed, also in the ways that the client takes for a regular end: a call
 * that is cancelled with its connection just stops, as if there were no more events. So the call itself is asked, which
 * the client pipes into the read. Throws `log.unavailable` where the server is silent for three seconds.
 */
export async function* eventsOfRead<E>(read: StreamingRead<E>): AsyncGenerator<E> {
  let failed: unknown;
  const fail = (error: unknown) => {
    failed ??= error;
  };
  read.once('pipe', (call) => {
    if (isEmitter(call)) call.on('error', fail);
  });
  // Also an error that comes after the end: unheard, it would end the process.
  read.on('error', fail);
  const events = read[Symbol.asyncIterator]();
  let waiting = false;
  const timer = setTimeout(() => {
    if (waiting)
      read.destroy(new DaybookError('log.unavailable', 'EventStoreDB was silent for three seconds.'));
    else timer.refresh();
  }, silenceMs);
  let ended = false;
  try {
    for (;;) {
      waiting = true;
      timer.refresh();
      const step = await events.next();
      waiting = false;
      if (step.done) break;
      yield step.value;
    }
    ended = failed === undefined;
    if (!ended) throw failed;
  } finally {
    clearTimeout(timer);
    // What nobody reads any more would fill the connection's window, and stop all that shares it.
    if (!ended) await read.cancel().catch(() => undefined);
  }
}

const isEmitter = (value: unknown): value is NodeJS.EventEmitter =>
  typeof value === 'object' && value !== null && 'on' in value && typeof value.on === 'function';

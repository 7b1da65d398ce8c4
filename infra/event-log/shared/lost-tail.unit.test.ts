import { expect, test } from 'vitest';
import {
  type Batch,
  type EventLog,
  type LogCheckpoint,
  parsePosition,
  position,
} from '../../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../../schemas/errors.ts';
import { atEnd } from '../../testing/index.ts';
import { soon } from '../contract/support.ts';
import { pause, stoppable } from '../subscription.ts';
import { sharedReads } from './index.ts';

const epoch = '0123456789';
const at = (stream: number, sequence: number) => position(epoch, stream, sequence);

/** Two streams that end at 3. The first says at once where it ends, the second only after a while what is wrong. */
function twoStreams(): EventLog {
  const subscribe = (from: LogCheckpoint) =>
    stoppable<Batch>((signal) =>
      [0, 1].map(async function* (stream): AsyncGenerator<Batch> {
        const asked = from.map(parsePosition).find((of) => of.stream === stream)?.sequence ?? 0;
        if (stream === 1) await pause(100, signal);
        if (asked > 3 && !signal.aborted) throw new DaybookError('log.history-changed');
        yield { stream, commits: [], through: at(stream, 3), caughtUp: true };
        while (!signal.aborted) await pause(1_000, signal);
      }),
    );
  const streams = [0, 1].map((stream) => ({ stream, last: at(stream, 3) }));
  return {
    info: async () => ({ epoch, streams }),
    subscribe: (_filter: string, from: LogCheckpoint) => subscribe(from),
  } as unknown as EventLog;
}

test('who comes from beyond the end of one stream hears of it, though another stream was read before', async () => {
  const log = sharedReads(twoStreams());
  // Its feed is there already, and knows where the streams end.
  const other = log.subscribe('es.>', [at(0, 3), at(1, 3)]);
  atEnd(() => other.stop());
  void (async () => {
    for await (const _ of other);
  })();
  await soon(50);
  const beyond = log.subscribe('es.>', [at(0, 3), at(1, 8)]);
  atEnd(() => beyond.stop());
  const read = (async () => {
    for await (const _ of beyond);
  })();
  await expect(Promise.race([read, soon(2_000)])).rejects.toMatchObject({ code: 'log.history-changed' });
});

import { inProcessCounters } from '../../infra/counters/index.ts';
import { type JetStreamLog, openJetStreamLog, sharedReads } from '../../infra/event-log/index.ts';
import { connectReadStore, migrate } from '../../infra/read-store/index.ts';
import { atEnd, testDatabase, testNats } from '../../infra/testing/index.ts';
import { type RunningProjections, startProjections } from '../index.ts';
import type { CounterStore, ReadStore } from '../ports.ts';

export interface World {
  readonly url: string;
  readonly store: ReadStore;
  readonly log: JetStreamLog;
  readonly counters: CounterStore;
  /** What the projectors complained about. */
  readonly errors: { projection: string; error: unknown }[];
  /** Starts the projectors; stopped at the end of the file. */
  start(counters?: CounterStore): RunningProjections;
}

/** A database, a log and read models of the test file's own. */
export async function world(): Promise<World> {
  const url = await testDatabase();
  await migrate(url);
  const nats = await testNats();
  const log = await openJetStreamLog({ url: nats.url });
  const store = connectReadStore({ url });
  const counters = inProcessCounters();
  const errors: World['errors'] = [];
  const running: RunningProjections[] = [];
  atEnd(async () => {
    await Promise.all(running.map((each) => each.stop()));
    await store.close();
    await log.close();
  });
  return {
    url,
    store,
    log,
    counters,
    errors,
    start(other = counters) {
      const started = startProjections({
        store,
        // As the worker does.
        log: sharedReads(log),
        contents: log.contents,
        counters: other,
        onError: (projection, error) => errors.push({ projection, error }),
      });
      running.push(started);
      return started;
    },
  };
}

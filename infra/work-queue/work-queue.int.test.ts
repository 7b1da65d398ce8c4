import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { CheckpointStore } from '../../bounded-contexts/budgets/index.ts';
import { type EventLog, subjectOf, uuidv7 } from '../../bounded-contexts/kernel/index.ts';
import type { Work, WorkQueue } from '../../bounded-contexts/knowledge/index.ts';
import type { DaybookEvent } from '../../schemas/events/index.ts';
import { openJetStreamLog, simulatedServer } from '../event-log/index.ts';
import { atEnd, testNats } from '../testing/index.ts';
import { jetStreamQueue, logQueue } from './index.ts';

const ackWaitMs = 1_500;

interface Harness {
  readonly log: EventLog;
  /** A worker's own; as many as there are workers. */
  open(): Promise<WorkQueue>;
  /** The process that has it dies: it says nothing more, and another may open one. */
  die(queue: WorkQueue): Promise<void>;
}

async function onJetStream(streams = 1): Promise<Harness> {
  const server = await testNats();
  const connect = async () => {
    const log = await openJetStreamLog({ url: server.url, streams });
    atEnd(() => log.close().catch(() => undefined));
    return log;
  };
  const log = await connect();
  const ofQueues = new Map<WorkQueue, Awaited<ReturnType<typeof connect>>>();
  return {
    log,
    async open() {
      const own = await connect();
      const names = (await own.info()).streams.map(({ name }) => name);
      const queue = await jetStreamQueue({
        connection: own.connection,
        streams: names,
        name: 'test',
        ackWaitMs,
      });
      ofQueues.set(queue, own);
      return queue;
    },
    async die(queue) {
      await queue.close();
      await ofQueues.get(queue)?.connection.close();
    },
  };
}

async function onOneProcess(): Promise<Harness> {
  const server = simulatedServer();
  const saved = new Map<string, Parameters<CheckpointStore['save']>[1]>();
  const checkpoints: CheckpointStore = {
    load: async (name) => saved.get(name) ?? null,
    save: async (name, checkpoint) => void saved.set(name, checkpoint),
  };
  const log = server.connect();
  // One process: all of its workers share one.
  let present: WorkQueue | undefined;
  return {
    log,
    async open() {
      present ??= logQueue({ log: server.connect(), checkpoints, name: 'test' });
      return present;
    },
    async die(queue) {
      await queue.close();
      present = undefined;
    },
  };
}

const uploaded = (document: string, revision = 1): DocumentEvent => ({
  type: 'document.uploaded',
  data: {
    ...{ document, revision, department: 'd_sales', blob: 'b'.repeat(43), bytes: 1, details: 'x' },
    ...{ settings: {}, tags: [], privacy: 'internal', date: null },
  },
});

type DocumentEvent = DaybookEvent<'document.uploaded' | 'document.chunked' | 'document.reindex.requested'>;

const put = (log: EventLog, event: DocumentEvent, tenant = 'acme') =>
  log.append(
    subjectOf(tenant, 'document', event.data.document),
    { id: uuidv7(), at: Date.now(), actor: 'test', events: [event] },
    'any',
  );

const never = new AbortController().signal;

/** What a worker is given until `ms` pass without anything, done one by one. */
async function work(queue: WorkQueue, ms: number): Promise<string[]> {
  const done: string[] = [];
  for (;;) {
    const one = await queue.next(AbortSignal.timeout(ms));
    if (!one) return done;
    done.push(one.document);
    await one.done();
  }
}

async function take(queue: WorkQueue): Promise<Work> {
  for (let tries = 0; tries < 30; tries++) {
    const one = await queue.next(never);
    if (one) return one;
  }
  throw new Error('Nothing came.');
}

const names = (count: number) => Array.from({ length: count }, (_, n) => `doc_${n}`);

const harnesses = [
  ['JetStream', () => onJetStream()],
  ['JetStream, over several streams', () => onJetStream(4)],
  ['the log of one process', onOneProcess],
] as const;

describe.concurrent.each(harnesses)('the work queue on %s', (_name, harness) => {
  test('gives each document that asks to one of its workers, and what does not ask to nobody', async () => {
    const { log, open } = await harness();
    for (const document of names(40)) {
      await put(log, uploaded(document), `tenant-${document.length}`);
      await put(log, {
        type: 'document.chunked',
        data: { document: `${document}_x`, revision: 1, chunks: 1, chunker: 'x' },
      });
    }
    const workers = await Promise.all([open(), open(), open()]);
    const given = await Promise.all(workers.map((queue) => work(queue, 3_000)));
    expect(given.flat().sort()).toEqual(names(40).sort());
    await put(log, { type: 'document.reindex.requested', data: { document: 'doc_7', revision: 1 } });
    const [first] = workers;
    if (first) expect((await take(first)).document).toBe('doc_7');
    for (const queue of new Set(workers)) await queue.close();
  });

  test('gives what a worker had in hand when it died to another, and loses nothing at a close', async () => {
    const { log, open, die } = await harness();
    for (const document of names(6)) await put(log, uploaded(document));
    const first = await open();
    const inHand = [await take(first), await take(first), await take(first)];
    const done = inHand[1];
    await done?.done();
    await die(first);
    const second = await open();
    const given = await work(second, ackWaitMs * 3);
    expect(new Set([...given, done?.document])).toEqual(new Set(names(6)));
    // A close between two documents is no death: nothing is given again that was done, nothing more is missing.
    await die(second);
    await put(log, uploaded('doc_late'));
    const third = await open();
    expect((await work(third, ackWaitMs * 2)).filter((document) => document === 'doc_late')).toEqual([
      'doc_late',
    ]);
    await third.close();
  });

  test('gives what is to be tried again after its time, and others meanwhile', async () => {
    const { log, open } = await harness();
    for (const document of names(3)) await put(log, uploaded(document));
    const queue = await open();
    const failing = await take(queue);
    const began = performance.now();
    await failing.again(2_000);
    const others = [await take(queue), await take(queue)];
    expect(others.map(({ document }) => document)).not.toContain(failing.document);
    for (const one of others) await one.done();
    const again = await take(queue);
    expect(performance.now() - began).toBeGreaterThanOrEqual(1_990);
    expect(again.document).toBe(failing.document);
    await again.done();
    expect(await work(queue, 1_000)).toEqual([]);
    await queue.close();
  });

  test('leaves what is in hand to the worker that lives, however long it takes', async () => {
    const { log, open } = await harness();
    await put(log, uploaded('doc_slow'));
    const [mine, other] = [await open(), await open()];
    const slow = await take(mine);
    const [others] = await Promise.all([work(other, ackWaitMs * 2), pause(ackWaitMs * 2)]);
    expect(others).toEqual([]);
    await slow.done();
    expect(await work(other, ackWaitMs * 1.5)).toEqual([]);
    for (const queue of new Set([mine, other])) await queue.close();
  });
});

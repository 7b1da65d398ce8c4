import type { CheckpointStore } from '../../bounded-contexts/budgets/index.ts';
import {
  aggregates,
  type EventLog,
  type LogCheckpoint,
  type Position,
  parsePosition,
  parseSubject,
  sequenceOf,
} from '../../bounded-contexts/kernel/index.ts';
import { asksForIngestion, type Work, type WorkQueue } from '../../bounded-contexts/knowledge/index.ts';

export interface LogQueueOptions {
  readonly log: EventLog;
  readonly checkpoints: CheckpointStore;
  readonly name: string;
}

interface Item {
  readonly tenant: string;
  readonly document: string;
  readonly stream: number;
  readonly sequence: number;
}

const waitMs = 5_000;
/** Read ahead at most; the rest waits on the log. */
const mostWaiting = 256;

/**
 * The queue where one process has the log for itself, as it is with the embedded one: it reads the log from a
 * checkpoint, and moves that only past what is done, so that what was in hand when the process died comes again.
 */
export function logQueue({ log, checkpoints, name }: LogQueueOptions): WorkQueue {
  const waiting: Item[] = [];
  const inHand = new Set<Item>();
  /** By stream, how far was read. */
  const read = new Map<number, Position>();
  const wakes = new Set<() => void>();
  const timers = new Set<NodeJS.Timeout>();
  let closed = false;
  let failure: unknown;
  let stop = async () => {};

  const wake = () => {
    for (const one of [...wakes]) one();
  };
  const pause = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        wakes.delete(end);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      wakes.add(end);
      signal?.addEventListener('abort', end, { once: true });
    });

  async function save(): Promise<void> {
    const positions: LogCheckpoint = [...read].flatMap(([stream, through]): Position[] => {
      const open = [...inHand, ...waiting].filter((item) => item.stream === stream);
      const first = open.reduce((least, { sequence }) => Math.min(least, sequence), Number.POSITIVE_INFINITY);
      const { epoch } = parsePosition(through);
      const at = Math.min(sequenceOf(through), first - 1);
      return at < 1 ? [] : [`${epoch}-${stream}-${at}` as Position];
    });
    await checkpoints.save(name, { positions });
  }

  const reading = (async () => {
    const from = (await checkpoints.load(name))?.positions ?? [];
    if (closed) return;
    const subscription = log.subscribe(aggregates('document'), from, { maxCommits: 100 });
    stop = () => subscription.stop();
    for await (const { stream, commits, through } of subscription) {
      for (const { subject, sequence, commit } of commits) {
        const { tenant, id } = parseSubject(subject);
        if (id !== undefined && asksForIngestion(commit))
          waiting.push({ tenant, document: id, stream, sequence });
      }
      read.set(stream, through);
      wake();
      while (waiting.length > mostWaiting && !closed) await pause(100);
    }
  })().catch((error: unknown) => {
    failure = error;
    wake();
  });

  function workOf(item: Item): Work {
    inHand.add(item);
    return {
      tenant: item.tenant,
      document: item.document,
      async done() {
        inHand.delete(item);
        wake();
        await save();
      },
      async again(afterMs) {
        const timer = setTimeout(() => {
          timers.delete(timer);
          inHand.delete(item);
          waiting.push(item);
          wake();
        }, afterMs);
        timers.add(timer);
      },
    };
  }

  return {
    async next(signal) {
      const deadline = performance.now() + waitMs;
      while (!closed && !signal.aborted) {
        if (failure !== undefined) throw failure;
        const item = waiting.shift();
        if (item) return workOf(item);
        const left = deadline - performance.now();
        if (left <= 0) return undefined;
        await pause(left, signal);
      }
      return undefined;
    },
    async close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      wake();
      await stop();
      await reading;
    },
  };
}

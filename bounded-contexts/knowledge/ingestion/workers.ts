import { setTimeout as pause } from 'node:timers/promises';
import { type IngestPorts, ingest } from './ingest.ts';
import type { Work, WorkQueue } from './ports.ts';

export interface IngestionOptions extends IngestPorts {
  readonly queue: WorkQueue;
  /** Documents at once, of this process. */
  readonly concurrency: number;
  /** Told of what is tried again. */
  readonly report: (error: unknown) => void;
}

export interface Ingestion {
  stop(): Promise<void>;
}

/** After what may pass by itself, in ms: doubled each time it does not. */
const againMs = 5_000;
const longestMs = 300_000;

/**
 * Process manager: takes documents from the queue, so many at a time, and brings each into the index. Any number of
 * processes may run it. A document that cannot be read is recorded as failed and holds up nobody; what fails for
 * another reason comes again later.
 */
export function startIngestion(options: IngestionOptions): Ingestion {
  const { queue, concurrency, report } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  /** Documents in hand, and whether one more of their revisions came meanwhile: it is not to wait for a place. */
  const inHand = new Map<string, boolean>();

  /** Documents that were postponed, and how often. */
  const postponed = new Map<string, number>();

  async function handle(work: Work): Promise<void> {
    const name = `${work.tenant}/${work.document}`;
    if (inHand.has(name)) {
      inHand.set(name, true);
      return work.done();
    }
    try {
      do {
        inHand.set(name, false);
        await ingest(options, work.tenant, work.document);
      } while (inHand.get(name));
      inHand.delete(name);
      postponed.delete(name);
      await work.done();
    } catch (error) {
      report(error);
      const times = postponed.get(name) ?? 0;
      postponed.set(name, times + 1);
      await work.again(Math.min(longestMs, againMs * 2 ** times));
    } finally {
      inHand.delete(name);
    }
  }

  const worker = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        const work = await queue.next(signal);
        if (work) await handle(work);
      } catch (error) {
        if (signal.aborted) return;
        report(error);
        await pause(500, undefined, { signal }).catch(() => undefined);
      }
    }
  };
  const running = Promise.all(Array.from({ length: concurrency }, worker));
  return {
    async stop() {
      stopping.abort();
      await running;
      await queue.close();
    },
  };
}

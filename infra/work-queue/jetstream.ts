import {
  AckPolicy,
  type Consumer,
  type ConsumerMessages,
  DeliverPolicy,
  type JsMsg,
  type NatsConnection,
} from 'nats';
import { aggregates, decodeCommit, parseSubject, partitions } from '../../bounded-contexts/kernel/index.ts';
import { asksForIngestion, type Work, type WorkQueue } from '../../bounded-contexts/knowledge/index.ts';
import { DaybookError } from '../../schemas/errors.ts';

export interface JetStreamQueueOptions {
  readonly connection: NatsConnection;
  /** The streams of the log that hold commits, in their order. */
  readonly streams: readonly string[];
  /** Of the durable consumers; all processes of an installation name the same. */
  readonly name: string;
  /** How long a worker that says nothing keeps what it took, in ms. Default 15,000. */
  readonly ackWaitMs?: number;
  /** What may be in hand, of all workers together: the rest waits on the log. Default 256. */
  readonly mostInHand?: number;
}

const ns = 1_000_000;
const waitMs = 5_000;

interface Waiter {
  give(work: Work): void;
  fail(error: unknown): void;
}

/** Where documents' commits lie. nats-server 2.9 refuses a filter that names more than its stream holds. */
const placesOf = (streams: readonly string[]): { stream: string; filter: string }[] =>
  streams.length === 1
    ? streams.map((stream) => ({ stream, filter: aggregates('document') }))
    : Array.from({ length: partitions }, (_, partition) => ({
        stream: streams[partition % streams.length] as string,
        filter: `es.${String(partition).padStart(2, '0')}.*.document.*`,
      }));

/**
 * A durable pull consumer a filter, with explicit acknowledgements, on the log itself: what has to be done is what was
 * recorded, and there is no second queue that could lose it or know more. Works from nats-server 2.9.
 */
export async function jetStreamQueue(options: JetStreamQueueOptions): Promise<WorkQueue> {
  const { connection, streams, name, ackWaitMs = 15_000, mostInHand = 256 } = options;
  const manager = await connection.jetstreamManager();
  const consumers: Consumer[] = [];
  for (const [index, { stream, filter }] of placesOf(streams).entries()) {
    const durable = `${name}_${index}`;
    await manager.consumers.add(stream, {
      durable_name: durable,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      filter_subject: filter,
      ack_wait: ackWaitMs * ns,
      max_deliver: -1,
      max_ack_pending: mostInHand,
    });
    consumers.push(await connection.jetstream().consumers.get(stream, durable));
  }

  const held = new Set<NodeJS.Timeout>();
  const asked = new Set<ConsumerMessages>();
  const waiting = new Set<Waiter>();
  /** By consumer, how many requests for one message are open. */
  const pulls = new Map<Consumer, number>();
  let closed = false;

  function workOf(message: JsMsg): Work {
    const { tenant, id = '' } = parseSubject(message.subject);
    // A worker that is alive says so well before its time is up; one that is not says nothing.
    const alive = setInterval(() => message.working(), ackWaitMs / 3);
    held.add(alive);
    const rest = () => {
      clearInterval(alive);
      held.delete(alive);
    };
    return {
      tenant,
      document: id,
      async done() {
        rest();
        // Unheard, it would come again: which changes nothing.
        await message.ackAck().catch(() => false);
      },
      async again(afterMs) {
        rest();
        message.nak(afterMs);
      },
    };
  }

  /** To a worker that waits; what came for one that got another document meanwhile is anybody's at once. */
  function hand(message: JsMsg): void {
    const [first] = waiting;
    if (!asksForIngestion(decodeCommit(message.data))) message.ack();
    else if (first) first.give(workOf(message));
    else message.nak();
  }

  async function pull(consumer: Consumer): Promise<void> {
    pulls.set(consumer, (pulls.get(consumer) ?? 0) + 1);
    try {
      const found = await consumer.fetch({ max_messages: 1, expires: waitMs });
      asked.add(found);
      if (closed) found.stop();
      try {
        for await (const message of found) hand(message);
      } finally {
        asked.delete(found);
      }
    } catch (error) {
      for (const one of [...waiting]) one.fail(error);
    } finally {
      pulls.set(consumer, (pulls.get(consumer) ?? 1) - 1);
    }
    pullForAll();
  }

  /** Every consumer is asked on behalf of each worker that waits: a document may come by any of them. */
  function pullForAll(): void {
    if (closed) return;
    for (const consumer of consumers)
      for (let open = pulls.get(consumer) ?? 0; open < waiting.size; open++) void pull(consumer);
  }

  return {
    next: (signal) =>
      new Promise<Work | undefined>((resolve, reject) => {
        if (closed || signal.aborted) return resolve(undefined);
        const end = (answer: () => void) => {
          clearTimeout(timer);
          signal.removeEventListener('abort', nothing);
          waiting.delete(waiter);
          answer();
        };
        const nothing = () => end(() => resolve(undefined));
        const waiter: Waiter = {
          give: (work) => end(() => resolve(work)),
          fail: (cause) => end(() => reject(new DaybookError('log.unavailable', undefined, {}, { cause }))),
        };
        const timer = setTimeout(nothing, waitMs);
        signal.addEventListener('abort', nothing, { once: true });
        waiting.add(waiter);
        pullForAll();
      }),
    async close() {
      closed = true;
      for (const timer of held) clearInterval(timer);
      for (const one of asked) one.stop();
    },
  };
}

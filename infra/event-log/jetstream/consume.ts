import type { Msg, NatsConnection } from 'nats';
import { createInbox } from 'nats';
import type { Wire } from './wire.ts';

export interface Delivered {
  readonly sequence: number;
  /** Messages that match the filter and were still to come when this one was sent. */
  readonly pending: number;
  readonly subject: string;
  readonly data: Uint8Array;
}

/** Messages of one stream in order, from an ephemeral consumer of our own. */
export interface Consumer {
  /** What has arrived, at most `max`; waits up to `waitMs` for the first. Empty: nothing came. */
  take(max: number, waitMs: number): Promise<readonly Delivered[]>;
  /** True once nothing more will come: the consumer is gone, or a message was lost on the way. */
  readonly broken: boolean;
  close(): void;
}

const heartbeatMs = 1000;
/** The longest pace, and what has to come within one to make the next one longer: a busy log's deliveries cost less in few. */
const longestPaceMs = 100;
const muchBytes = 64 * 1024;
const expiresMs = 30_000;
const ns = 1_000_000;
const utf8 = new TextEncoder();

/** `$JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>`, or with domain and account. */
function parseReply(reply: string): { sequence: number; consumerSequence: number; pending: number } {
  const tokens = reply.split('.');
  const shift = tokens.length >= 11 ? 2 : 0;
  return {
    sequence: Number(tokens[5 + shift]),
    consumerSequence: Number(tokens[6 + shift]),
    pending: Number(tokens[8 + shift]),
  };
}

/**
 * Pulls, so that a slow reader is never overrun: at most two requests of `batch` messages (and 8 MiB) each are
 * unanswered at a time. Acks are none: the position is the reader's, and a break is cured by a new consumer.
 *
 * With `paceMs`, one message wakes it, and what comes within that time after it is fetched at once: under load a
 * few deliveries of many messages, where each by itself would wake server and reader. The more comes, the longer the
 * pace, up to 100 ms.
 */
export async function consume(
  connection: NatsConnection,
  wire: Wire,
  stream: string,
  filter: string | undefined,
  startSequence: number,
  batch: number,
  paceMs: number,
  signal: AbortSignal,
): Promise<Consumer> {
  const created = await wire.api<{ name: string }>(`CONSUMER.CREATE.${stream}`, {
    stream_name: stream,
    config: {
      deliver_policy: 'by_start_sequence',
      opt_start_seq: startSequence,
      ack_policy: 'none',
      replay_policy: 'instant',
      max_deliver: -1,
      ...(filter === undefined ? {} : { filter_subject: filter }),
      inactive_threshold: 60_000 * ns,
      mem_storage: true,
      num_replicas: 1,
    },
  });
  const next = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${created.name}`;
  const inbox = `${createInbox()}.`;
  const maxBytes = 8 * 1024 * 1024;
  const waiting = { expires: expiresMs * ns, idle_heartbeat: heartbeatMs * ns };
  const many = utf8.encode(JSON.stringify({ batch, max_bytes: maxBytes, ...waiting }));
  const one = utf8.encode(JSON.stringify({ batch: 1, ...waiting }));
  const whatIsThere = utf8.encode(JSON.stringify({ batch, max_bytes: maxBytes, no_wait: true }));
  /** Requests in the order in which the server serves them, with what each may still bring. */
  const requests: { id: number; left: number }[] = [];
  let arrived: Delivered[] = [];
  let wake: (() => void) | undefined;
  let broken = false;
  let counter = 0;
  let consumerSequence = 0;
  let heard = performance.now();

  const fail = () => {
    broken = true;
    wake?.();
  };

  const send = (body: Uint8Array, size: number) => {
    const id = counter++;
    if (requests.length === 0) heard = performance.now();
    requests.push({ id, left: size });
    try {
      connection.publish(next, body, { reply: `${inbox}${id}` });
    } catch {
      fail();
    }
  };

  /** Paced: whether the last request brought something, so that more is likely there soon. */
  let busy = false;
  let brought = 0;
  let broughtBytes = 0;
  let pace = paceMs;
  let pacing: NodeJS.Timeout | undefined;
  const askPaced = () => {
    if (broken || requests.length > 0 || pacing !== undefined || arrived.length > batch) return;
    brought = 0;
    broughtBytes = 0;
    if (busy) send(whatIsThere, batch);
    else send(one, 1);
  };
  /** A request of the paced kind has ended. `full`: there may be more at once. */
  const ended = (full: boolean) => {
    busy = brought > 0;
    pace = broughtBytes < muchBytes ? paceMs : Math.min(2 * pace, longestPaceMs);
    if (busy && !full) {
      pacing = setTimeout(() => {
        pacing = undefined;
        askPaced();
      }, pace);
    } else askPaced();
  };

  const ask = () => {
    if (paceMs > 0) return askPaced();
    if (broken || requests.length >= 2 || arrived.length > batch) return;
    if (requests.length === 1 && (requests[0] as { left: number }).left > batch / 2) return;
    send(many, batch);
  };

  const status = (msg: Msg) => {
    const code = msg.headers?.code;
    if (code === 100) return;
    const text = msg.headers?.description ?? '';
    const id = Number(msg.subject.slice(inbox.length));
    const index = requests.findIndex((request) => request.id === id);
    if (index >= 0) requests.splice(index, 1);
    // A word about a request that was filled, and whose successor is on its way.
    else if (paceMs > 0) return;
    // The request ended: time is up, or the byte limit was reached. Anything else ends the consumer.
    const over = code === 404 || code === 408 || (code === 409 && /max.?bytes|batch completed/i.test(text));
    if (!over) fail();
    else if (paceMs > 0) ended(code === 409);
    else ask();
    wake?.();
  };

  const subscription = connection.subscribe(`${inbox}*`, {
    callback: (error, msg) => {
      heard = performance.now();
      if (error) return fail();
      if (!msg.reply?.startsWith('$JS.ACK')) return status(msg);
      const at = parseReply(msg.reply);
      if (at.consumerSequence !== consumerSequence + 1) return fail();
      consumerSequence = at.consumerSequence;
      const head = requests[0];
      const filled = head !== undefined && --head.left === 0;
      if (filled) requests.shift();
      brought++;
      broughtBytes += msg.data.length;
      arrived.push({ sequence: at.sequence, pending: at.pending, subject: msg.subject, data: msg.data });
      if (paceMs === 0) ask();
      else if (filled) ended(brought > 1);
      wake?.();
    },
  });
  ask();

  /** Resolves with the next message, the end of the consumer, the signal, or after `ms`. */
  const arrival = (ms: number) =>
    new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        wake = undefined;
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener('abort', end);
      wake = end;
    });

  return {
    async take(max, waitMs) {
      if (arrived.length === 0 && !broken && !signal.aborted) await arrival(waitMs);
      // A request that is open brings at least heartbeats.
      const silent = requests.length > 0 && performance.now() - heard > 3 * heartbeatMs;
      if (!wire.up || silent) broken = true;
      const taken = arrived.length <= max ? arrived : arrived.slice(0, max);
      arrived = arrived.length <= max ? [] : arrived.slice(max);
      ask();
      return taken;
    },
    get broken() {
      return broken && arrived.length === 0;
    },
    close() {
      broken = true;
      clearTimeout(pacing);
      subscription.unsubscribe();
      if (wire.up) wire.api(`CONSUMER.DELETE.${stream}.${created.name}`, {}).catch(() => undefined);
    },
  };
}

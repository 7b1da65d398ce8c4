import { createInbox, ErrorCode, type Msg, type MsgHdrs, type NatsConnection, NatsError } from 'nats';
import { DaybookError } from '../../../schemas/errors.ts';
import { busyWait } from './busy-wait.ts';

/** A JetStream error as it came back in a reply. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: number;
  readonly apiCode: number;

  constructor(code: number, apiCode: number, description: string) {
    super(description);
    this.code = code;
    this.apiCode = apiCode;
  }
}

/** A call of the JetStream API; throws {@link ApiError} where the answer is an error. */
export type Api = <T>(endpoint: string, body: object) => Promise<T>;

export interface Wire {
  /**
   * Sends and waits for the answer. Throws `log.unavailable` where it was surely not delivered, `log.timeout`
   * where it may have been.
   */
  request(subject: string, body: Uint8Array, headers?: MsgHdrs): Promise<Msg>;
  readonly api: Api;
  readonly up: boolean;
  /** Resolves once there is a verified connection, or after `ms`. */
  whenUp(ms: number): Promise<void>;
  /** Looks again whether the log is still the same; see {@link WireOptions.verify}. */
  verify(): Promise<void>;
  /** Nothing more can be sent for this reason, which every later request throws. */
  fail(reason: DaybookError): void;
  close(): Promise<void>;
}

interface Pending {
  readonly resolve: (msg: Msg) => void;
  readonly reject: (error: unknown) => void;
  readonly sentAt: number;
  readonly bytes: number;
}

export interface WireOptions {
  /** Silence after which a request throws `log.timeout`, ms. */
  readonly timeoutMs: number;
  /** Requests and bytes that may be unanswered at a time; nats.js has no such window of its own. */
  readonly maxInFlight: number;
  readonly maxInFlightBytes: number;
  /** Called after each reconnect, before anything else is sent; throws to try again. */
  readonly verify: (api: Api) => Promise<void>;
}

const utf8 = new TextEncoder();
const silent = () => new DaybookError('log.timeout');
const unreachable = () => new DaybookError('log.unavailable');

/**
 * Requests and answers over one connection: one inbox, one timer for all, and a window. Leaner than nats.js's
 * own request(), which makes a timer, an Error and a random token for each.
 */
export function wire(connection: NatsConnection, options: WireOptions): Wire {
  const { timeoutMs, maxInFlight, maxInFlightBytes } = options;
  const inbox = `${createInbox()}.`;
  // In the order of sending, which is that of deadlines, since all time-outs are equal.
  const pending = new Map<string, Pending>();
  /** What waits for room in the window, in order: a run of appends keeps its order. */
  const queue: { readonly go: () => void; readonly drop: () => void }[] = [];
  let inFlightBytes = 0;
  let counter = 0;
  let up = true;
  let failure: DaybookError | undefined;
  let closed = false;
  const upWaiters: (() => void)[] = [];

  const awake = busyWait(() => pending.size);

  const full = () => pending.size >= maxInFlight || (pending.size > 0 && inFlightBytes >= maxInFlightBytes);

  const settle = (token: string): Pending | undefined => {
    const waiting = pending.get(token);
    if (!waiting) return undefined;
    pending.delete(token);
    inFlightBytes -= waiting.bytes;
    while (queue.length > 0 && !full()) queue.shift()?.go();
    return waiting;
  };

  const subscription = connection.subscribe(`${inbox}*`, {
    callback: (error, msg) => {
      const waiting = settle(msg.subject.slice(inbox.length));
      if (!waiting) return;
      awake.answered(performance.now() - waiting.sentAt);
      if (error) waiting.reject(silent());
      // No one listens on the subject: there is no JetStream, no such stream, or it has no leader.
      else if (msg.data.length === 0 && msg.headers?.code === 503) waiting.reject(unreachable());
      else waiting.resolve(msg);
    },
  });

  const sweeper = setInterval(() => {
    const late = performance.now() - timeoutMs;
    for (const [token, waiting] of pending) {
      if (waiting.sentAt > late) break;
      settle(token)?.reject(silent());
    }
  }, 50);
  sweeper.unref();

  const dropAll = () => {
    for (const { drop } of queue.splice(0)) drop();
    for (const token of [...pending.keys()]) settle(token)?.reject(silent());
  };

  const rise = async () => {
    for (let pause = 50; !closed && !failure && !up; pause = Math.min(pause * 2, 500)) {
      try {
        await options.verify(ask);
        up = true;
        for (const wake of upWaiters.splice(0)) wake();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  };

  void (async () => {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') {
        up = false;
        dropAll();
      } else if (status.type === 'reconnect') void rise();
    }
  })();

  const send = (subject: string, body: Uint8Array, headers: MsgHdrs | undefined) =>
    new Promise<Msg>((resolve, reject) => {
      const token = (++counter).toString(36);
      const reply = inbox + token;
      try {
        connection.publish(subject, body, headers ? { reply, headers } : { reply });
      } catch (error) {
        const tooLarge = error instanceof NatsError && error.code === ErrorCode.MaxPayloadExceeded;
        reject(tooLarge ? new DaybookError('log.commit-too-large') : unreachable());
        return;
      }
      inFlightBytes += body.length;
      pending.set(token, {
        resolve,
        reject,
        sentAt: performance.now(),
        bytes: body.length,
      });
      awake.sent();
    });

  const ask: Api = async <T>(endpoint: string, body: object): Promise<T> => {
    const msg = await send(`$JS.API.${endpoint}`, utf8.encode(JSON.stringify(body)), undefined);
    const answer = msg.json<T & { error?: { code: number; err_code?: number; description?: string } }>();
    if (answer.error) {
      const { code, err_code = 0, description = '' } = answer.error;
      throw new ApiError(code, err_code, description);
    }
    return answer;
  };

  const request = (subject: string, body: Uint8Array, headers?: MsgHdrs): Promise<Msg> => {
    if (failure) return Promise.reject(failure);
    if (!up || closed) return Promise.reject(unreachable());
    if (queue.length === 0 && !full()) return send(subject, body, headers);
    return new Promise<Msg>((resolve, reject) => {
      queue.push({
        go: () => {
          send(subject, body, headers).then(resolve, reject);
        },
        drop: () => reject(unreachable()),
      });
    });
  };

  return {
    request,
    api: async (endpoint, body) => {
      if (failure) throw failure;
      if (!up || closed) throw unreachable();
      return ask(endpoint, body);
    },
    get up() {
      return up;
    },
    whenUp: (ms) =>
      up || closed
        ? Promise.resolve()
        : new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, ms);
            upWaiters.push(() => {
              clearTimeout(timer);
              resolve();
            });
          }),
    verify: () => options.verify(ask),
    fail(reason) {
      failure ??= reason;
    },
    async close() {
      if (closed) return;
      closed = true;
      clearInterval(sweeper);
      subscription.unsubscribe();
      dropAll();
      for (const wake of upWaiters.splice(0)) wake();
      await connection.close();
    },
  };
}

import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { type Dispatcher, Pool } from 'undici';
import { ask, type WholeAnswer } from './ask.ts';
import { collected, decoded, letGo, maxAnswerBytes, tooLarge } from './body.ts';
import { refusalOf } from './refusal.ts';
import { headerOf } from './retry-after.ts';
import { transportFailure } from './transport.ts';

export type WireHeaders = IncomingHttpHeaders;

export interface WireOptions {
  /** The provider's id, as messages name it. */
  readonly id: string;
  readonly baseUrl: string;
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly betweenBytesMs: number;
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Struck out of whatever the provider says. */
  readonly secret: string | undefined;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: WireHeaders;
  /** Decoded. Its errors are the transport's own: `failure` translates them. */
  readonly body: Readable;
}

/** HTTP to one provider. Everything thrown is a ProviderFailure, or the abort of the call's own signal. */
export interface Wire {
  readonly id: string;
  readonly secret: string | undefined;
  request(
    method: 'GET' | 'POST',
    path: string,
    body: string | null,
    signal: AbortSignal,
    headers?: Readonly<Record<string, string>>,
  ): Promise<WireAnswer>;
  /** A request whose answer is wanted whole: at most 32 MiB. */
  ask(method: 'GET' | 'POST', path: string, body: string | null, signal: AbortSignal): Promise<WholeAnswer>;
  /** The whole body of an answer, at most 32 MiB. */
  whole(answer: WireAnswer): Promise<Buffer>;
  /** The failure that an error while reading an answer means. */
  failure(error: unknown): unknown;
  close(): Promise<void>;
}

const maxErrorBytes = 64 * 1024;

export function wire(options: WireOptions): Wire {
  const { id, secret } = options;
  const base = new URL(options.baseUrl);
  const prefix = base.pathname.replace(/\/+$/, '');
  const pool = new Pool(base.origin, {
    connections: 256,
    pipelining: 1,
    connect: { timeout: options.connectMs },
    headersTimeout: options.firstByteMs,
    bodyTimeout: options.betweenBytesMs,
    keepAliveTimeout: 30_000,
  });
  const common = {
    'content-type': 'application/json',
    'user-agent': 'daybook',
    'accept-encoding': 'identity',
    ...options.headers,
  };
  const failure = (error: unknown) => transportFailure(error, id, true);

  return {
    id,
    secret,
    failure,
    ask: (method, path, body, signal) =>
      ask({
        dispatcher: pool,
        options: { method, path: prefix + path, headers: common, body },
        signal,
        id,
        secret,
      }),
    async request(method, path, body, signal, headers) {
      let response: Dispatcher.ResponseData;
      try {
        response = await pool.request({
          method,
          path: prefix + path,
          headers: headers ? { ...common, ...headers } : common,
          body,
          signal,
        });
      } catch (error) {
        throw transportFailure(error, id, false);
      }
      const { statusCode: status } = response;
      const encoding = headerOf(response.headers, 'content-encoding');
      if (status < 300) {
        return { status, headers: response.headers, body: decoded(response.body, encoding, id) };
      }
      let text = '';
      try {
        const said = decoded(response.body, encoding, id);
        text = (await collected(said, maxErrorBytes, id)).toString();
      } catch (error) {
        if (signal.aborted) throw error;
        // A status says enough where the body that came with it is cut off, endless or no text.
      }
      throw refusalOf({ provider: id, status, headers: response.headers, text, secret });
    },
    async whole({ body, headers }) {
      try {
        const announced = Number(headers['content-length']);
        if (announced > maxAnswerBytes) {
          body.on('error', () => {}).destroy();
          throw tooLarge(id);
        }
        // Most answers say how long they are: then they are collected at once, without an iterator's turns.
        return announced >= 0 && 'arrayBuffer' in body && typeof body.arrayBuffer === 'function'
          ? Buffer.from(await body.arrayBuffer())
          : await collected(body, maxAnswerBytes, id);
      } catch (error) {
        throw failure(error);
      }
    },
    close: () => pool.destroy(),
  };
}

/**
 * The chunks of a body. Where the reader stops early and `ended` says that the answer was whole, the rest may
 * come by itself, so that the connection is used again; else the provider is cut short at once.
 */
export async function* chunksOf(body: Readable, ended: () => boolean): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false })) yield chunk;
  } finally {
    if (ended()) letGo(body);
    else body.on('error', () => {}).destroy();
  }
}

import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { type Dispatcher, errors } from 'undici';
import { collected, decoded, maxAnswerBytes, tooLarge } from './body.ts';
import { refusalOf } from './refusal.ts';
import { headerOf } from './retry-after.ts';
import { transportFailure } from './transport.ts';

/** An answer that is there as a whole, decoded. */
export interface WholeAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

interface Asked {
  readonly dispatcher: Dispatcher;
  readonly options: Dispatcher.DispatchOptions;
  readonly signal: AbortSignal;
  /** The provider's id, as messages name it. */
  readonly id: string;
  /** Struck out of whatever the provider says. */
  readonly secret: string | undefined;
}

const maxErrorBytes = 64 * 1024;

interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

/**
 * A request whose answer is wanted whole. It is collected as it is parsed, without a stream in between: that was a
 * twentieth of what a call costs. Throws ProviderFailures, or the abort of the call's own signal.
 */
export async function ask(asked: Asked): Promise<WholeAnswer> {
  const { id, secret } = asked;
  const { status, headers, bytes } = await received(asked);
  const encoding = headerOf(headers, 'content-encoding');
  const plain =
    encoding === undefined || encoding === '' || encoding === 'identity'
      ? bytes
      : await unpacked(bytes, encoding, id, status < 300);
  if (status < 300) return { status, headers, bytes: plain };
  throw refusalOf({ provider: id, status, headers, text: plain.toString('utf8', 0, maxErrorBytes), secret });
}

/** Of a refusal that its own encoding does not fit, the status says enough. */
async function unpacked(bytes: Buffer, encoding: string, id: string, needed: boolean): Promise<Buffer> {
  try {
    return await collected(decoded(Readable.from([bytes]), encoding, id), maxAnswerBytes, id);
  } catch (error) {
    if (needed) throw transportFailure(error, id, true);
    return Buffer.alloc(0);
  }
}

function received({ dispatcher, options, signal, id }: Asked): Promise<Received> {
  return new Promise((resolve, reject) => {
    let status = 0;
    let headers: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    let size = 0;
    let controller: Dispatcher.DispatchController | undefined;
    const onAbort = () => controller?.abort(new errors.RequestAbortedError());
    const done = () => signal.removeEventListener('abort', onAbort);
    const give = () => {
      done();
      resolve({
        status,
        headers,
        bytes: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks),
      });
    };
    const fail = (error: unknown) => {
      done();
      reject(error);
    };
    if (signal.aborted) {
      reject(new errors.RequestAbortedError());
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    dispatcher.dispatch(options, {
      onRequestStart(own) {
        controller = own;
        // It waited for a connection meanwhile.
        if (signal.aborted) onAbort();
      },
      onResponseStart(own, code, all) {
        // What only announces an answer (1xx) is none.
        if (code < 200) return;
        status = code;
        headers = all;
        if (code < 300 && Number(all['content-length']) > maxAnswerBytes) {
          fail(tooLarge(id));
          own.abort(new errors.RequestAbortedError());
        }
      },
      onResponseData(own, chunk) {
        size += chunk.length;
        if (status < 300 && size > maxAnswerBytes) fail(tooLarge(id));
        else {
          chunks.push(chunk);
          if (status < 300 || size <= maxErrorBytes) return;
          // Of a refusal without end the beginning is enough.
          give();
        }
        own.abort(new errors.RequestAbortedError());
      },
      onResponseEnd: give,
      onResponseError(_own, error) {
        // A status says enough where the body that came with it is cut off.
        if (status >= 300 && !signal.aborted) give();
        else fail(transportFailure(error, id, status > 0));
      },
    });
  });
}

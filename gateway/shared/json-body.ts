import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { DaybookError } from '../../schemas/errors.ts';

/**
 * Reads a body of at most `limit` bytes. Throws `request.too-large`; by then what is still coming is let go,
 * so that the answer can be read on the same connection.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let refused = announced > limit;
    const refuse = () => {
      refused = true;
      chunks.length = 0;
      reject(
        new DaybookError('request.too-large', `The body may have ${limit} bytes.`, { limitBytes: limit }),
      );
    };
    if (refused) refuse();
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (refused) {
        // A sender who does not stop is cut off.
        if (size > limit * 2 + 1_048_576) request.destroy();
        return;
      }
      if (size > limit) refuse();
      else chunks.push(chunk);
    });
    request.once('end', () => {
      if (!refused) resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
    });
    const cutOff = () =>
      reject(new DaybookError('request.malformed-json', 'The body ended before it was complete.'));
    // A caller who leaves in mid-body is nobody's bug.
    request.once('error', cutOff);
    request.once('close', () => {
      if (!request.complete) cutOff();
    });
  });
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Parses JSON that is valid UTF-8 and nested at most `maxDepth` deep. */
export function parseJson(bytes: Uint8Array, maxDepth: number): unknown {
  if (bytes.length === 0)
    throw new DaybookError('request.malformed-json', 'The body is empty; send one JSON document.');
  if (deeperThan(bytes, maxDepth)) {
    throw new DaybookError('request.too-deep', `The body may be nested ${maxDepth} levels deep.`, {
      limit: maxDepth,
    });
  }
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new DaybookError('request.malformed-json', 'The body is not valid UTF-8.');
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new DaybookError('request.malformed-json');
  }
}

const quote = 0x22;
const backslash = 0x5c;

/** Counts brackets outside of strings; UTF-8 never hides an ASCII byte in another character. */
function deeperThan(bytes: Uint8Array, limit: number): boolean {
  let depth = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === quote) {
      for (i++; i < bytes.length && bytes[i] !== quote; i++) if (bytes[i] === backslash) i++;
    } else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > limit) return true;
    } else if (byte === 0x7d || byte === 0x5d) {
      depth--;
    }
  }
  return false;
}

/** Validates; the first problem becomes one sentence, with the field in `param`. */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? []).reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`,
    '',
  );
  const message = issue?.message ?? 'The value is not accepted';
  throw new DaybookError(
    'request.invalid',
    path === '' ? `${message}.` : `${path}: ${message}.`,
    path === '' ? {} : { param: path },
  );
}

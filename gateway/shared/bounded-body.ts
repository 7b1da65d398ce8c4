import type { HonoRequest } from 'hono';
import { DaybookError } from '../../schemas/errors.ts';

/**
 * The body of a Hono request, of which no more than `limit` bytes are ever held; later readers get it from the
 * request's own cache. Throws `request.too-large`, and `request.malformed-json` where the caller leaves in mid-body:
 * that is nobody's bug.
 */
export async function boundedBody(request: HonoRequest, limit: number): Promise<Uint8Array> {
  const tooLarge = () =>
    new DaybookError('request.too-large', `The body may have ${limit} bytes.`, { limitBytes: limit });
  const announced = request.header('content-length');
  if (Number(announced ?? 0) > limit) throw tooLarge();
  try {
    // One that says its length ends there: the HTTP parser sees to it.
    if (announced !== undefined) return new Uint8Array(await request.arrayBuffer());
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of request.raw.body ?? []) {
      size += chunk.length;
      if (size > limit) throw tooLarge();
      chunks.push(chunk);
    }
    const bytes = new Uint8Array(Buffer.concat(chunks));
    Object.assign(request.bodyCache, { arrayBuffer: Promise.resolve(bytes.buffer) });
    return bytes;
  } catch (error) {
    if (error instanceof DaybookError) throw error;
    throw new DaybookError(
      'request.malformed-json',
      'The body ended before it was complete.',
      {},
      { cause: error },
    );
  }
}

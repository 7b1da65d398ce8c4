import type { Vault } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';

/** Plain bytes of one sealed piece: large enough that sealing costs little, small enough to hold many at once. */
const pieceBytes = 256 * 1024;
const idBytes = 16;
const magic = Buffer.from('dbk1');

/** What the pieces of one blob are bound to. */
export interface Frame {
  readonly tenant: string;
  readonly owner: string;
  /** Of one writing: random, or what says which one it is. */
  readonly id: Buffer;
}

const contextOf = ({ tenant, owner, id }: Frame, n: number, last: boolean) => ({
  tenant,
  subject: owner,
  // A piece opens only in its place, and the last one only as the last: nothing can be moved or cut off unseen.
  id: `${id.toString('hex')}~${n}${last ? '.' : ''}`,
  field: 'blob',
});

/** `dbk1`, the id, then each piece as its length (u32) and its sealed bytes. An empty blob is one empty piece. */
export async function* sealedFrames(
  vault: Pick<Vault, 'seal'>,
  frame: Frame,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield Buffer.concat([magic, frame.id]);
  let n = 0;
  let held: Uint8Array[] = [];
  let size = 0;
  const piece = async (plain: Uint8Array, last: boolean) => {
    const sealed = await vault.seal(contextOf(frame, n++, last), plain);
    const head = Buffer.allocUnsafe(4);
    head.writeUInt32BE(sealed.length);
    return Buffer.concat([head, sealed]);
  };
  for await (const some of bytes) {
    held.push(some);
    size += some.length;
    if (size <= pieceBytes) continue;
    const all = Buffer.concat(held);
    let at = 0;
    // One byte at least is left over, so that the last piece is known when it is sealed.
    for (; all.length - at > pieceBytes; at += pieceBytes)
      yield await piece(all.subarray(at, at + pieceBytes), false);
    held = [all.subarray(at)];
    size = all.length - at;
  }
  yield await piece(Buffer.concat(held), true);
}

const broken = (cause?: unknown) =>
  new DaybookError(
    'blobs.unavailable',
    'A stored file is damaged: it is not what was written.',
    {},
    { cause },
  );

/**
 * The plain bytes of what {@link sealedFrames} wrote. Throws `blobs.unavailable` where it is damaged or cut off, or of
 * another writing than the `id` that is asked for, if one is.
 */
export async function* openedFrames(
  vault: Pick<Vault, 'open'>,
  place: Omit<Frame, 'id'> & Partial<Pick<Frame, 'id'>>,
  stored: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let held: Buffer = Buffer.alloc(0);
  const source = stored[Symbol.asyncIterator]();
  let ended = false;
  const have = async (count: number): Promise<boolean> => {
    const parts = [held];
    let size = held.length;
    while (size < count && !ended) {
      const { done, value } = await source.next();
      if (done) ended = true;
      else {
        parts.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
        size += value.length;
      }
    }
    held = parts.length === 1 ? held : Buffer.concat(parts);
    return size >= count;
  };
  const take = (count: number): Buffer => {
    const taken = held.subarray(0, count);
    held = held.subarray(count);
    return taken;
  };
  try {
    if (!(await have(magic.length + idBytes)) || !take(magic.length).equals(magic)) throw broken();
    const frame: Frame = { ...place, id: Buffer.from(take(idBytes)) };
    if (place.id && !place.id.equals(frame.id)) throw broken();
    for (let n = 0; ; n++) {
      if (!(await have(4))) throw broken();
      const length = take(4).readUInt32BE();
      if (length > 2 * pieceBytes || !(await have(length))) throw broken();
      const sealed = Buffer.from(take(length));
      const last = !(await have(1));
      const plain = await vault.open(contextOf(frame, n, last), sealed).catch((error: unknown) => {
        throw error instanceof DaybookError ? error : broken(error);
      });
      if ('redacted' in plain) throw new DaybookError('vault.redacted');
      yield plain;
      if (last) return;
    }
  } finally {
    await source.return?.(undefined);
  }
}

import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Vault } from '../../bounded-contexts/kernel/index.ts';
import type { BlobOwner } from '../../bounded-contexts/knowledge/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { openedFrames, sealedFrames } from './framing.ts';

/** A part of a file that arrives in pieces. */
export interface Part {
  readonly name: string;
  readonly from: number;
  readonly length: number;
}

const digits = 15;
/** Until it is known how long it is; {@link sealedFiles} adds that. */
export const partName = (from: number): string => `at-${String(from).padStart(digits, '0')}`;
const partPattern = /^(at-\d{15})-(\d{1,15})$/;

/** The parts that lie one after the other from the start. */
export function partsOf(names: readonly string[]): readonly Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const name of names.toSorted()) {
    const match = partPattern.exec(name);
    if (!match) continue;
    const [from, length] = [Number(match[1]?.slice(3)), Number(match[2])];
    if (from !== end) continue;
    parts.push({ name, from, length });
    end += length;
  }
  return parts;
}

/** Names in a folder; none where there is no folder. */
export const namesIn = (folder: string): Promise<string[]> =>
  readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });

export async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of bytes) parts.push(part);
  return Buffer.concat(parts).toString();
}

/** The files of one upload, sealed: each opens only as what it is, in the upload that it is of. */
export function sealedFiles(vault: Pick<Vault, 'seal' | 'open'>) {
  const frameId = (id: string, what: string): Buffer =>
    createHash('sha256').update(`${id}\0${what}`).digest().subarray(0, 16);

  const read = (place: BlobOwner, id: string, folder: string, name: string, what = name) =>
    openedFrames(
      vault,
      { ...place, id: frameId(id, what) },
      createReadStream(join(folder, name), { highWaterMark: 512 * 1024 }),
    );

  return {
    /** Resolves to its plain bytes once it is on disk, under its name; a part's name is given its length. */
    async write(
      place: BlobOwner,
      id: string,
      folder: string,
      what: string,
      bytes: AsyncIterable<Uint8Array>,
    ): Promise<number> {
      const temporary = join(folder, `writing-${randomBytes(8).toString('hex')}`);
      let size = 0;
      async function* counted(): AsyncGenerator<Uint8Array> {
        for await (const some of bytes) {
          size += some.length;
          yield some;
        }
      }
      try {
        const file = await open(temporary, 'wx', 0o600);
        try {
          for await (const frame of sealedFrames(vault, { ...place, id: frameId(id, what) }, counted()))
            await file.write(frame);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(temporary, join(folder, what.startsWith('at-') ? `${what}-${size}` : what));
        return size;
      } catch (error) {
        await rm(temporary, { force: true }).catch(() => undefined);
        throw error;
      }
    },

    read: (place: BlobOwner, id: string, folder: string, name: 'about' | 'result') =>
      read(place, id, folder, name),

    /** Throws `blobs.unavailable` where it is not as long as its name says. */
    async *readPart(place: BlobOwner, id: string, folder: string, { name, from, length }: Part) {
      let size = 0;
      for await (const some of read(place, id, folder, name, partName(from))) {
        size += some.length;
        yield some;
      }
      if (size !== length) throw new DaybookError('blobs.unavailable', 'A part of a stored file is damaged.');
    },
  };
}

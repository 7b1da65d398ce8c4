import { createHash, createHmac, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Vault } from '../../bounded-contexts/kernel/index.ts';
import type { BlobOwner, BlobStore } from '../../bounded-contexts/knowledge/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { failed } from './failed.ts';
import { openedFrames, sealedFrames } from './framing.ts';

export interface LocalBlobsOptions {
  /** Made where it is not there, for its owner only. */
  readonly directory: string;
  readonly vault: Pick<Vault, 'seal' | 'open'>;
  /** The key of names: without it, nobody can tell from a name which file it is. */
  readonly naming: Uint8Array;
}

const blobName = /^[A-Za-z0-9_-]{43}$/;

/**
 * Blobs as files of one directory: `<tenant>/<first two letters>/<name>`. What is being written lies in `writing/` and
 * is moved to its place when it is whole, so that a reader finds all of a blob or nothing.
 */
export function localBlobs({ directory, vault, naming }: LocalBlobsOptions): BlobStore {
  const writing = join(directory, 'writing');

  const nameOf = ({ tenant, owner }: BlobOwner, digest: Buffer): string =>
    createHmac('sha256', naming).update(`${tenant}\0${owner}\0`).update(digest).digest('base64url');

  const pathOf = ({ tenant }: BlobOwner, blob: string): string => {
    if (!blobName.test(blob)) throw new DaybookError('resource.not-found', 'There is no such file.');
    return join(directory, tenant, blob.slice(0, 2), blob);
  };

  return {
    async put(place, bytes, maxBytes = Number.POSITIVE_INFINITY) {
      const id = randomBytes(16);
      const temporary = join(writing, id.toString('hex'));
      const digest = createHash('sha256');
      let size = 0;
      async function* counted(): AsyncGenerator<Uint8Array> {
        for await (const some of bytes) {
          size += some.length;
          if (size > maxBytes)
            throw new DaybookError('request.too-large', `A file may have ${maxBytes} bytes.`, {
              limitBytes: maxBytes,
            });
          digest.update(some);
          yield some;
        }
      }
      try {
        await mkdir(writing, { recursive: true, mode: 0o700 });
        const file = await open(temporary, 'wx', 0o600);
        try {
          for await (const frame of sealedFrames(vault, { ...place, id }, counted())) await file.write(frame);
          // What the log is about to name must outlive a power cut as the log does.
          await file.sync();
        } finally {
          await file.close();
        }
        const blob = nameOf(place, digest.digest());
        const path = pathOf(place, blob);
        if (await stat(path).catch(() => undefined)) await rm(temporary);
        else {
          await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
          await rename(temporary, path);
        }
        return { blob, bytes: size };
      } catch (error) {
        await rm(temporary, { force: true }).catch(() => undefined);
        throw failed(error);
      }
    },

    async *read(place, blob) {
      const path = pathOf(place, blob);
      try {
        yield* openedFrames(vault, place, createReadStream(path, { highWaterMark: 512 * 1024 }));
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
          throw new DaybookError('resource.not-found', 'There is no such file.');
        throw failed(error);
      }
    },

    async remove(place, blob) {
      await rm(pathOf(place, blob), { force: true }).catch((error: unknown) => {
        throw failed(error);
      });
    },
  };
}

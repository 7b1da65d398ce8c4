import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock, Vault } from '../../bounded-contexts/kernel/index.ts';
import type { BlobOwner, PartialUpload, UploadStore } from '../../bounded-contexts/knowledge/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { failed } from './failed.ts';
import { incoming } from './incoming.ts';
import { namesIn, type Part, partName, partsOf, sealedFiles, textOf } from './sealed-files.ts';

export interface LocalUploadsOptions {
  /** Made where it is not there, for its owner only. */
  readonly directory: string;
  readonly vault: Pick<Vault, 'seal' | 'open'>;
  readonly clock: Clock;
  /** Unfinished ones that a tenant may have. Default 64. */
  readonly mostOpen?: number;
  /** Plain bytes after which what arrived is on disk for good. Default 16 MiB. */
  readonly partBytes?: number;
}

const keptMs = 86_400_000;
const idPattern = /^up_([0-9a-z]{1,11})_[A-Za-z0-9_-]{22}$/;
const token = /^[A-Za-z0-9_-]{1,80}$/;
const head = z.object({ about: z.string(), total: z.number() });

/** Unix ms: an id says when its upload was opened. */
const expiryOf = (id: string): number => Number.parseInt(idPattern.exec(id)?.[1] ?? '0', 36) + keptMs;

const notThere = () =>
  new DaybookError(
    'resource.not-found',
    'There is no such upload; it may have expired, a day after its start.',
  );

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/**
 * Uploads as folders `<tenant>/<owner>/<id>`: `about`, parts of the file, `result`, each sealed under the owner's key.
 * A part has its place only once it is on disk, so that a process that dies loses at most the one that was arriving.
 */
export function localUploads(options: LocalUploadsOptions): UploadStore {
  const { directory, vault, clock, mostOpen = 64, partBytes = 16 * 2 ** 20 } = options;
  const files = sealedFiles(vault);
  const inHand = new Set<string>();

  function folderOf({ tenant, owner }: BlobOwner, id: string): string {
    if (!idPattern.test(id) || !token.test(tenant) || !token.test(owner)) throw notThere();
    if (expiryOf(id) <= clock()) throw notThere();
    return join(directory, tenant, owner, id);
  }

  async function look(
    place: BlobOwner,
    id: string,
  ): Promise<PartialUpload & { readonly parts: readonly Part[] }> {
    const folder = folderOf(place, id);
    const names = await namesIn(folder);
    if (!names.includes('about')) throw notThere();
    const { about, total } = head.parse(JSON.parse(await textOf(files.read(place, id, folder, 'about'))));
    const done = names.includes('result');
    const parts = partsOf(names);
    const last = parts.at(-1);
    const received = done ? total : last ? last.from + last.length : 0;
    const result = done ? await textOf(files.read(place, id, folder, 'result')) : undefined;
    return { id, about, total, received, expiresAt: expiryOf(id), result, parts };
  }

  /** Unfinished ones: a finished one is but a note of what it came to. */
  async function countOpen(tenant: string): Promise<number> {
    let count = 0;
    for (const owner of await namesIn(join(directory, tenant)))
      for (const id of await namesIn(join(directory, tenant, owner)))
        if (expiryOf(id) > clock() && !(await namesIn(join(directory, tenant, owner, id))).includes('result'))
          count++;
    return count;
  }

  async function guarded<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw failed(error);
    }
  }

  const shown = ({ parts: _, ...upload }: Awaited<ReturnType<typeof look>>): PartialUpload => upload;

  return {
    open: (place, about, total) =>
      guarded(async () => {
        if ((await countOpen(place.tenant)) >= mostOpen) throw new DaybookError('upload.too-many');
        const id = `up_${clock().toString(36)}_${randomBytes(16).toString('base64url')}`;
        const folder = folderOf(place, id);
        const making = `${folder}.new`;
        await mkdir(making, { recursive: true, mode: 0o700 });
        await files.write(place, id, making, 'about', once(JSON.stringify({ about, total })));
        await rename(making, folder);
        return shown(await look(place, id));
      }),

    find: (place, id) => guarded(async () => shown(await look(place, id))),

    append: (place, id, { from, length }, bytes) =>
      guarded(async () => {
        const folder = folderOf(place, id);
        if (inHand.has(folder))
          throw new DaybookError('request.in-progress', 'Another piece of this upload is arriving.', {
            retryAfterMs: 1_000,
          });
        inHand.add(folder);
        try {
          const { received, total, result } = await look(place, id);
          if (result !== undefined || from !== received || from + length > total)
            throw new DaybookError('upload.out-of-place', undefined, { received, bytes: total });
          const source = incoming(bytes);
          let at = from;
          while (at < from + length && (await source.more())) {
            const most = Math.min(partBytes, from + length - at);
            at += await files.write(place, id, folder, partName(at), source.take(most));
          }
          const tooMany = !source.broken && (await source.more());
          if (source.broken) throw source.broken.error;
          if (tooMany || at < from + length)
            throw new DaybookError(
              'request.malformed-upload',
              `The piece has ${tooMany ? 'more' : 'fewer'} bytes than it says; ${at} are there.`,
              { received: at, bytes: total },
            );
          return shown(await look(place, id));
        } finally {
          inHand.delete(folder);
        }
      }),

    async *read(place, id) {
      try {
        const folder = folderOf(place, id);
        const { parts } = await look(place, id);
        for (const part of parts) yield* files.readPart(place, id, folder, part);
      } catch (error) {
        throw failed(error);
      }
    },

    finish: (place, id, result) =>
      guarded(async () => {
        const folder = folderOf(place, id);
        const { parts } = await look(place, id);
        await files.write(place, id, folder, 'result', once(result));
        for (const { name } of parts) await rm(join(folder, name), { force: true });
      }),

    remove: (place, id) =>
      guarded(async () => {
        const folder = folderOf(place, id);
        await look(place, id);
        await rm(folder, { recursive: true, force: true });
      }),

    sweep: () =>
      guarded(async () => {
        for (const tenant of await namesIn(directory))
          for (const owner of await namesIn(join(directory, tenant)))
            for (const id of await readdir(join(directory, tenant, owner)))
              if (expiryOf(id.replace(/\.new$/, '')) <= clock())
                await rm(join(directory, tenant, owner, id), { recursive: true, force: true });
      }),
  };
}

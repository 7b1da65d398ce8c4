import { constants } from 'node:fs';
import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What is being written is of nobody yet. */
const unfinished = 'writing';

/** How many whole blobs lie in a directory of {@link localBlobs}; 0 where there is none. */
export async function countBlobs(directory: string): Promise<number> {
  let count = 0;
  for (const tenant of await namesIn(directory))
    for (const folder of tenant === unfinished ? [] : await namesIn(join(directory, tenant)))
      count += (await namesIn(join(directory, tenant, folder))).length;
  return count;
}

/**
 * Copies the whole blobs of one directory into another, sealed as they are; returns how many are there then. Of a store
 * in use every blob is copied that an event names by now: a blob is whole before the log names it.
 */
export async function copyBlobs(from: string, to: string): Promise<number> {
  if ((await countBlobs(from)) === 0) return 0;
  const passed = join(from, unfinished);
  await cp(from, to, {
    recursive: true,
    // Where the file system can, a copy shares its blocks.
    mode: constants.COPYFILE_FICLONE,
    filter: (source) => source !== passed,
  });
  return countBlobs(to);
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

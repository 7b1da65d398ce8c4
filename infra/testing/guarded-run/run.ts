import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, test } from 'vitest';
import { testNats, testRedis } from '../index.ts';
import { suspend } from '../processes.ts';

/** What is to happen, and where to write who is there when it does. */
const { GUARDED_HOW: how = '', GUARDED_FILE: file = '' } = process.env;

// While the file is collected, as many do: the hooks that end them may never be called.
const nats = await testNats();
const redis = await testRedis();
const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });

const folder = process.env['TMPDIR'] ?? '';
const postgres = readdirSync(folder)
  .filter((name) => name.startsWith('daybook-test-postgres-'))
  .map((name) => Number(readFileSync(join(folder, name, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]));

function tell(): void {
  const running = [process.pid, nats.pid, redis.pid, other.pid, ...postgres];
  writeFileSync(`${file}.draft`, JSON.stringify({ worker: process.pid, folder, running }));
  renameSync(`${file}.draft`, file);
}
if (how === 'filtered') tell();

beforeAll(() => {
  if (how !== 'throws') return;
  tell();
  throw new Error('as it was asked to');
});

test('never ends', { timeout: how === 'times out' ? 300 : 120_000 }, async () => {
  // A server that hangs does not hear that it is to end.
  if (how === 'killed') await suspend(redis.pid);
  tell();
  await new Promise(() => {});
});

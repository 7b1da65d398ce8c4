import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { testFolder } from './index.ts';
import { alive } from './processes.ts';

const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const told = z.object({ worker: z.number(), folder: z.string(), running: z.array(z.number()) });
type Told = z.infer<typeof told>;

/** A run with servers of its own, Postgres included; `act` once they run. Resolves when the run has ended. */
async function runOf(how: string, args: readonly string[], act?: (vitest: number, told: Told) => void) {
  const file = join(testFolder(), 'told');
  const { DAYBOOK_TEST_DATABASE_URL: _, ...env } = process.env;
  const config = join(import.meta.dirname, 'guarded-run', 'config.ts');
  const run = spawn(process.execPath, [vitest, 'run', '--config', config, ...args], {
    cwd: join(import.meta.dirname, '../..'),
    env: { ...env, GUARDED_HOW: how, GUARDED_FILE: file },
    stdio: 'ignore',
  });
  const ended = once(run, 'exit');
  await expect.poll(() => existsSync(file), { timeout: 60_000 }).toBe(true);
  const said = told.parse(JSON.parse(readFileSync(file, 'utf8')));
  if (act) {
    expect(said.running.length).toBe(5);
    expect(said.running.filter(alive)).toEqual(said.running);
    act(run.pid ?? 0, said);
  }
  await ended;
  return said;
}

test.each<[string, string, readonly string[], ((vitest: number, told: Told) => void)?]>([
  ['all of whose tests were filtered out', 'filtered', ['-t', 'no such name']],
  ['that failed before its first test', 'throws', []],
  ['a test of which never ended', 'times out', []],
  ['that was asked to end', 'waits', [], (vitest) => process.kill(vitest, 'SIGTERM')],
  ['that was interrupted', 'waits', [], (vitest) => process.kill(vitest, 'SIGINT')],
  ['that was killed, while a server hung', 'killed', [], (vitest) => process.kill(vitest, 'SIGKILL')],
  ['whose worker was killed', 'waits', [], (_, { worker }) => process.kill(worker, 'SIGKILL')],
])(
  'a run %s leaves no process and no folder behind',
  async (_, how, args, act) => {
    const { folder, running } = await runOf(how, args, act);
    await expect.poll(() => running.filter(alive), { timeout: 15_000 }).toEqual([]);
    await expect.poll(() => existsSync(folder), { timeout: 15_000 }).toBe(false);
  },
  90_000,
);

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningTestDaybook, testDaybook } from '../testing/daybook.ts';

let running: RunningTestDaybook;
beforeAll(async () => {
  running = await testDaybook();
});
afterAll(() => running.stop());

function cli(...args: string[]) {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'daybook.ts'), ...args],
    {
      cwd: running.folder,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], DAYBOOK_DATA_DIR: join(running.folder, 'data') },
    },
  );
  return { stdout, stderr, status };
}
function json<Body>(...args: string[]): Body {
  const { stdout, stderr, status } = cli('--json', ...args);
  if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  return JSON.parse(stdout) as Body;
}
const statusOf = async (secret: string) =>
  (await fetch(`${running.url}/api/v1/me`, { headers: { authorization: `Bearer ${secret}` } })).status;

test('tenants are made and listed, and one that lost its key is given another', async () => {
  const made = json<{ adminKey: { secret: string } }>(
    'tenants',
    'create',
    'acme',
    'Acme Ltd',
    '--region',
    'eu',
  );
  await expect.poll(() => statusOf(made.adminKey.secret)).toBe(200);
  await expect
    .poll(() => json<object[]>('tenants', 'list'))
    .toMatchObject([
      { tenant: 'acme', name: 'Acme Ltd', region: 'eu', status: 'active' },
      { tenant: 'default' },
    ]);
  const { secret } = json<{ secret: string }>('keys', 'issue', 'another', '--tenant', 'acme');
  await expect.poll(() => statusOf(secret)).toBe(200);
  const wrong = cli('keys', 'issue', 'another', '--tenant', 'acme', '--role', 'service');
  expect(wrong).toMatchObject({ status: 2, stderr: expect.stringContaining('--tenant') });
});

test('keys are issued with their limits, rotated, revoked and listed', async () => {
  const issued = json<{ key: string; secret: string }>(
    ...['keys', 'issue', 'CI', '--model', 'openai/*', '--tier', '0', '1', '--expires', '30d'],
  );
  await expect.poll(() => statusOf(issued.secret)).toBe(200);
  const next = json<{ secret: string }>('keys', 'rotate', issued.key, '--overlap', '1h');
  await expect.poll(() => statusOf(next.secret)).toBe(200);
  expect(await statusOf(issued.secret)).toBe(200);
  expect(cli('keys', 'revoke', issued.key)).toMatchObject({ status: 0 });
  await expect.poll(() => statusOf(next.secret)).toBe(401);
  await expect
    .poll(() => json<{ key: string }[]>('keys', 'list').find(({ key }) => key === issued.key))
    .toMatchObject({ name: 'CI', models: ['openai/*'], tiers: [0, 1], revokedAt: expect.any(String) });
  expect(cli('keys', 'list').stdout).not.toContain(next.secret);
  expect(cli('keys', 'issue', 'x', '--expires', 'soon')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('--expires'),
  });
});

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningTestDaybook, testAdminKey, testDaybook } from '../testing/daybook.ts';

const cli = fileURLToPath(new URL('daybook.ts', import.meta.url));

let running: RunningTestDaybook;
beforeAll(async () => {
  running = await testDaybook();
});
afterAll(() => running.stop());

const daybook = (...args: string[]) =>
  promisify(execFile)(process.execPath, [cli, ...args], {
    cwd: running.folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      DAYBOOK_DATA_DIR: join(running.folder, 'data'),
      DAYBOOK_ADMIN_KEY: testAdminKey,
    },
  });

test('audit tail shows the last entries, and audit export writes them, whole, in the asked format', async () => {
  for (const slug of ['legal', 'sales'])
    await running.json('/api/v1/departments', { method: 'POST', body: { slug } });
  await running.eventually<{ data: unknown[] }>(
    '/api/v1/audit?action=department',
    ({ data }) => data.length === 2,
  );
  const { stdout } = await daybook('--json', 'audit', 'tail', '--action', 'department');
  const lines = stdout
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(lines).toMatchObject([
    { action: 'department.created', target: 'legal' },
    { action: 'department.created', target: 'sales' },
  ]);
  const file = join(running.folder, 'audit.csv');
  await daybook('audit', 'export', file, '--format', 'csv', '--action', 'department');
  const rows = readFileSync(file, 'utf8').trim().split('\r\n');
  expect(rows).toHaveLength(3);
  expect(rows[0]).toMatch(/^at,actor,/);
  // A file that is there is not overwritten, and a format that is none is refused.
  await expect(daybook('audit', 'export', file)).rejects.toMatchObject({ code: expect.any(Number) });
  await expect(daybook('audit', 'export', 'x', '--format', 'xml')).rejects.toMatchObject({ code: 2 });
});

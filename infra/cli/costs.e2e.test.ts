import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testDaybook } from '../testing/daybook.ts';
import { atEnd } from '../testing/index.ts';
import { answers, scriptedUpstream, usageOf } from '../testing/upstream.ts';

const config = (url: string, output: string) => `
providers:
  - { id: test, kind: openai-compatible, baseUrl: "${url}" }
models:
  - { name: good, provider: test, price: { input: "1", output: "${output}" } }
`;

test('a corrected price restates recorded calls beside what was known, once, and back', async () => {
  const upstream = await scriptedUpstream({ good: answers('All is well here.', usageOf(1_000, 100)) });
  atEnd(() => upstream.stop());
  const folder = mkdtempSync(join(tmpdir(), 'daybook-costs-'));
  chmodSync(folder, 0o755);
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  const cli = (...args: string[]) => {
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [join(import.meta.dirname, 'daybook.ts'), '--json', ...args],
      {
        cwd: folder,
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], DAYBOOK_DATA_DIR: join(folder, 'data') },
      },
    );
    if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
    return JSON.parse(stdout);
  };
  const ask = (running: Awaited<ReturnType<typeof testDaybook>>) =>
    running.fetch('/v1/chat/completions', {
      method: 'POST',
      body: { model: 'test/good', max_tokens: 200, messages: [{ role: 'user', content: 'Hi' }] },
    });

  const first = await testDaybook({ folder, config: config(upstream.url, '10') });
  // 1,000 tokens at $1 and 100 at $10 a million: $0.002.
  for (let i = 0; i < 3; i++) expect((await ask(first)).headers.get('daybook-cost-usd')).toBe('0.002');
  await first.stop();

  const second = await testDaybook({ folder, config: config(upstream.url, '20') });
  atEnd(() => second.stop());
  expect((await ask(second)).headers.get('daybook-cost-usd')).toBe('0.003');
  expect(cli('costs', 'books').map(({ book }: { book: number }) => book)).toEqual([1, 2]);
  expect(cli('costs', 'reprice', '--book', '2', '--dry-run')).toMatchObject({
    calls: 4,
    restated: 3,
    dryRun: true,
  });
  expect(cli('costs', 'reprice', '--book', '2')).toMatchObject({
    calls: 4,
    restated: 3,
    wasUsd: '0.009',
    nowUsd: '0.012',
  });
  expect(cli('costs', 'reprice', '--book', '2')).toMatchObject({ restated: 0 });
  await expect
    .poll(() => {
      const { known, corrected } = cli('costs', 'show', '--by', 'model');
      return [known.totalUsd, corrected.totalUsd];
    })
    .toEqual(['0.009', '0.012']);
  expect(cli('costs', 'reprice', '--book', '1')).toMatchObject({ restated: 4, nowUsd: '0.008' });
  // What was spent by the ledger stays as it was.
  const { data } = await second.json<{ data: { postedUsd: string }[] }>(
    '/api/v1/budgets/top-spenders?scope=tenant&period=total',
  );
  expect(data[0]?.postedUsd).toBe('0.009');
}, 60_000);

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testDaybook } from '../testing/daybook.ts';
import { atEnd } from '../testing/index.ts';
import { answers, scriptedUpstream, usageOf } from '../testing/upstream.ts';

const config = (url: string) => `
providers:
  - { id: test, kind: openai-compatible, baseUrl: "${url}", apiKey: "\${secret:test-key}" }
models:
  - { name: good, provider: test, price: { input: "1", output: "1" } }
`;
const first = 'first-value-of-the-provider-key';
const second = 'second-value-of-the-provider-key';

test.each(['auto', 'embedded'])(
  'profile %s: a key of a provider lies in the vault, changes under way, outlives a new master key, and each opening is on the log',
  async (profile) => {
    const upstream = await scriptedUpstream({ good: answers('Well.', usageOf(10, 1)) });
    atEnd(() => upstream.stop());
    const folder = mkdtempSync(join(tmpdir(), 'daybook-secrets-'));
    chmodSync(folder, 0o755);
    atEnd(() => rmSync(folder, { recursive: true, force: true }));
    const cli = (args: string[], input = '') => {
      const { stdout, stderr, status } = spawnSync(
        process.execPath,
        [join(import.meta.dirname, 'daybook.ts'), '--json', 'secrets', ...args],
        {
          cwd: folder,
          encoding: 'utf8',
          input,
          env: { PATH: process.env['PATH'], DAYBOOK_DATA_DIR: join(folder, 'data') },
        },
      );
      return { status, stderr, said: stdout === '' ? undefined : JSON.parse(stdout) };
    };
    const options = { folder, config: config(upstream.url), variables: { DAYBOOK_PROFILE: profile } };
    let running = await testDaybook(options);
    atEnd(() => running.stop());
    const keyOfNextCall = async () => {
      const answer = await running.fetch('/v1/chat/completions', {
        method: 'POST',
        body: { model: 'test/good', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] },
      });
      expect(answer.status).toBe(200);
      return upstream.calls.at(-1)?.authorization;
    };
    expect(running.daybook.notices.join()).toContain('daybook secrets set test-key');
    expect(await keyOfNextCall()).toBeUndefined();

    expect(cli(['set', 'test-key'], `${first}\n`).status).toBe(0);
    await expect.poll(keyOfNextCall, { timeout: 3_000 }).toBe(`Bearer ${first}`);
    expect(cli(['set', 'test-key'], second).status).toBe(0);
    await expect.poll(keyOfNextCall, { timeout: 3_000 }).toBe(`Bearer ${second}`);
    expect(cli(['set', 'Not A Name'], 'x')).toMatchObject({ status: 2 });
    expect(cli(['set', 'empty'], '')).toMatchObject({ status: 2 });
    expect(cli(['remove', 'nobody'])).toMatchObject({ status: 4 });

    const rotated = cli(['rotate']);
    expect(rotated).toMatchObject({ status: 0, said: { rewrapped: expect.any(Number) } });
    expect(rotated.said.rewrapped).toBeGreaterThan(2);
    expect(await keyOfNextCall()).toBe(`Bearer ${second}`);
    await running.stop();
    running = await testDaybook(options);
    expect(await keyOfNextCall()).toBe(`Bearer ${second}`);

    const listed = cli(['list']).said;
    expect(listed.data.map(({ name }: { name: string }) => name)).toEqual(['master key', 'test-key']);
    expect(listed.overdue).toEqual([]);
    const ready = await running.json<{ checks: { part: string; detail: string }[] }>('/ready');
    expect(ready.checks.find(({ part }) => part === 'secrets')?.detail).toMatch(/none is older/);
    const page = await (await running.fetch('/metrics')).text();
    expect(page).toMatch(/daybook_secret_age_days\{name="test-key"\} 0/);

    const { data } = await running.json<{ data: { type: string }[] }>(
      '/api/v1/events?family=secret-uses&limit=50',
    );
    expect(data.filter(({ type }) => type === 'secret.opened').length).toBeGreaterThanOrEqual(3);
    const everything = JSON.stringify(await running.json('/api/v1/events?limit=500'));
    expect(everything).toContain('secret.set');
    expect(everything).not.toMatch(/value-of-the-provider-key/);
  },
  90_000,
);

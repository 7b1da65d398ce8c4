import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type RunningTestDaybook, testDaybook } from '../../infra/testing/daybook.ts';
import { atEnd } from '../../infra/testing/index.ts';
import { answers, scriptedUpstream, usageOf } from '../../infra/testing/upstream.ts';

interface Noted {
  readonly what: 'resolve' | 'connect' | 'datagram';
  readonly target: string;
}

const local = /^(127\.0\.0\.1|::1|localhost|\/.*)$/;

/** A Daybook with external and local providers whose processes write down what they resolve and connect to. */
async function recorded(privacy: boolean): Promise<{ running: RunningTestDaybook; noted: () => Noted[] }> {
  const upstream = await scriptedUpstream({ good: answers('All is well here.', usageOf(12, 5)) });
  atEnd(() => upstream.stop());
  const folder = mkdtempSync(join(tmpdir(), 'daybook-network-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'network.jsonl');
  const hook = pathToFileURL(join(import.meta.dirname, '../../infra/testing/record-network.ts'));
  const running = await testDaybook({
    config: `
providers:
  - { id: home, kind: openai-compatible, baseUrl: "${upstream.url}", tier: 0 }
  - { id: outside, kind: openai-compatible, baseUrl: "https://models.daybook.invalid/v1", tier: 1, discover: true, price: { input: "1", output: "2" } }
models:
  - { name: good, provider: home, price: { input: "0", output: "0" } }
  - { name: good, provider: outside, price: { input: "1", output: "10" } }
routes:
  - { alias: either, models: [outside/good, home/good] }
routing:
  privacy: { tenant: ${privacy} }
`,
    variables: {
      NODE_OPTIONS: `--import=${hook}`,
      DAYBOOK_TEST_NETWORK_FILE: file,
      ANTHROPIC_API_KEY: 'not-a-key',
      ANTHROPIC_BASE_URL: 'https://anthropic.daybook.invalid',
      OPENAI_API_KEY: 'not-a-key',
      OPENAI_BASE_URL: 'https://openai.daybook.invalid/v1',
    },
  });
  atEnd(() => running.stop());
  const noted = () =>
    existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((line): Noted => JSON.parse(line))
      : [];
  return { running, noted };
}

const messages = [{ role: 'user', content: 'How are you?' }];
const post = (running: RunningTestDaybook, path: string, body: object) =>
  running.fetch(path, { method: 'POST', body });

describe('privacy mode', () => {
  test('lets a whole session pass without one external name resolved or address connected to', async () => {
    const { running, noted } = await recorded(true);
    const chat = { messages, max_tokens: 20 };
    for (const model of ['auto', 'either', 'home/good', 'good', 'tier-3']) {
      const response = await post(running, '/v1/chat/completions', { ...chat, model });
      expect([model, response.status, response.headers.get('daybook-provider')]).toEqual([
        model,
        200,
        'home',
      ]);
      await response.text();
      await (await post(running, '/v1/chat/completions', { ...chat, model, stream: true })).text();
    }
    for (const model of ['outside/good', 'anthropic/claude-opus-4-5', 'openai/gpt-4o'])
      expect((await post(running, '/v1/chat/completions', { ...chat, model })).status).toBeGreaterThanOrEqual(
        400,
      );
    expect((await post(running, '/v1/messages', { model: 'auto', ...chat })).status).toBe(200);
    expect((await post(running, '/v1/responses', { model: 'auto', input: 'How are you?' })).status).toBe(200);
    expect((await post(running, '/v1/embeddings', { model: 'builtin/hash', input: 'Hello' })).status).toBe(
      200,
    );
    expect((await running.fetch('/v1/models')).status).toBe(200);
    expect((await running.fetch('/ready')).status).toBe(200);
    await running.eventually<{ data: unknown[] }>('/api/v1/invocations', ({ data }) => data.length > 10);
    const all = noted();
    expect(all.length).toBeGreaterThan(10);
    expect(all.filter(({ target }) => !local.test(target))).toEqual([]);
  }, 60_000);

  test('is what keeps them out: without it the same recorder hears of external names', async () => {
    const { running, noted } = await recorded(false);
    expect((await running.fetch('/v1/models')).status).toBe(200);
    await expect
      .poll(() => noted().some(({ target }) => target.endsWith('.daybook.invalid')), { timeout: 10_000 })
      .toBe(true);
  }, 60_000);
});

import { describe, expect, test } from 'vitest';
import { secondGateway, testAdminKey, testDaybook } from '../../infra/testing/daybook.ts';
import { atEnd } from '../../infra/testing/index.ts';
import { answerJson, answers, scriptedUpstream, usageOf } from '../../infra/testing/upstream.ts';

const config = (url: string) => `
providers:
  - { id: cloud, kind: openai-compatible, baseUrl: "${url}", tier: 1, local: false }
models:
  - { name: good, provider: cloud, price: { input: "1", output: "10" } }
  - { name: kept, provider: cloud, price: { input: "1", output: "10" } }
routes:
  - { alias: after-kept, models: [cloud/kept, cloud/good] }
routing:
  breaker: { openMs: 60000, failures: 3 }
`;

const ask = (model: string, url: string) =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${testAdminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'How are you?' }], max_tokens: 40 }),
  });

describe('all gateways', () => {
  test('share a circuit within a second, and a restart keeps it', async () => {
    const upstream = await scriptedUpstream({
      good: answers('All is well here.', usageOf(12, 5)),
      kept: (_call, response) =>
        answerJson(response, 503, JSON.stringify({ error: { message: 'scripted' } })),
    });
    atEnd(() => upstream.stop());
    const long = config(upstream.url);
    const first = await testDaybook({ config: long });
    const second = await secondGateway(first, long);
    let firstStopped = false;
    try {
      for (let i = 0; i < 3; i++) await ask('cloud/kept', first.url);
      const start = performance.now();
      let code = '';
      while (code !== 'provider.circuit-open' && performance.now() - start < 1_000) {
        const { error } = (await (await ask('cloud/kept', second.url)).json()) as {
          error: { code: string };
        };
        code = error.code;
      }
      expect(code).toBe('provider.circuit-open');
      await second.stop();
      await first.daybook.stop();
      firstStopped = true;
      const again = await testDaybook({ folder: first.folder });
      try {
        const response = await ask('after-kept', again.url);
        expect(response.headers.get('daybook-model')).toBe('cloud/good');
        const calls = upstream.calls.filter(({ model }) => model === 'kept').length;
        await ask('after-kept', again.url);
        expect(upstream.calls.filter(({ model }) => model === 'kept').length).toBe(calls);
      } finally {
        await again.stop();
      }
    } finally {
      if (!firstStopped) await second.stop();
      await first.stop();
    }
  });
});

import { describe, expect, test } from 'vitest';
import { secondGateway, testAdminKey, testDaybook } from '../../infra/testing/daybook.ts';
import { atEnd } from '../../infra/testing/index.ts';
import { answerJson, answers, scriptedUpstream, usageOf } from '../../infra/testing/upstream.ts';

const config = (url: string, openMs = 60_000) => `
providers:
  - { id: cloud, kind: openai-compatible, baseUrl: "${url}", tier: 1, local: false }
models:
  - { name: good, provider: cloud, price: { input: "1", output: "10" } }
  - { name: kept, provider: cloud, price: { input: "1", output: "10" } }
  - { name: hung, provider: cloud, price: { input: "1", output: "10" } }
routes:
  - { alias: after-kept, models: [cloud/kept, cloud/good] }
routing:
  breaker: { openMs: ${openMs}, failures: 3 }
`;

const ask = (model: string, url: string, more: { stream?: boolean; signal?: AbortSignal } = {}) =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${testAdminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      messages: [{ role: 'user', content: 'How are you?' }],
      max_tokens: 40,
      stream: more.stream === true,
    }),
    ...(more.signal ? { signal: more.signal } : {}),
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

  test.each([
    { ends: 'its caller leaves', stream: false },
    { ends: 'its caller leaves', stream: true },
    { ends: 'its time is over', stream: false },
  ])(
    'let the next call probe at once where a probe says nothing: $ends, streamed: $stream',
    async ({ ends, stream }) => {
      let hung: 'down' | 'silent' | 'up' = 'down';
      const upstream = await scriptedUpstream({
        hung: (call, response) => {
          if (hung === 'down') answerJson(response, 503, JSON.stringify({ error: { message: 'scripted' } }));
          if (hung === 'up') answers('Back again.', usageOf(12, 3))(call, response);
        },
      });
      atEnd(() => upstream.stop());
      const short = `${config(upstream.url, 300)}limits: { callMs: 1500 }\n`;
      const first = await testDaybook({ config: short });
      const second = await secondGateway(first, short);
      try {
        for (let i = 0; i < 3; i++) await ask('cloud/hung', first.url);
        await new Promise((resolve) => setTimeout(resolve, 350));
        hung = 'silent';
        const leaver = new AbortController();
        const probe = ask('cloud/hung', first.url, { stream, signal: leaver.signal });
        await expect.poll(() => upstream.calls.length).toBe(4);
        const refused = await ask('cloud/hung', second.url);
        expect(await refused.json()).toMatchObject({ error: { code: 'provider.circuit-open' } });
        if (ends === 'its caller leaves') {
          leaver.abort();
          await expect(probe).rejects.toThrow();
        } else expect(await (await probe).json()).toMatchObject({ error: { code: 'provider.timeout' } });
        hung = 'up';
        const start = performance.now();
        await expect.poll(async () => (await ask('cloud/hung', second.url)).status).toBe(200);
        expect(performance.now() - start).toBeLessThan(1_000);
        expect(upstream.calls.length).toBe(5);
        const { data } = await first.eventually<{ data: { change: string; invocations: string[] }[] }>(
          '/api/v1/breakers/changes?model=cloud/hung',
          (body) => body.data[0]?.change === 'closed',
        );
        expect(data.map(({ change }) => change)).toEqual([
          'closed',
          'probed',
          'released',
          'probed',
          'opened',
        ]);
        expect(data[2]?.invocations).toEqual(data[3]?.invocations);
        const { at } = data[2] as unknown as { at: string };
        const then = await first.json<{ data: { model: string; state: string }[] }>(
          `/api/v1/breakers?at=${encodeURIComponent(at)}`,
        );
        expect(then.data).toMatchObject([{ model: 'cloud/hung', state: 'half-open' }]);
      } finally {
        await second.stop();
        await first.stop();
      }
    },
  );
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../infra/servers/index.ts';
import { type RunningTestDaybook, testAdminKey, testDaybook } from '../../infra/testing/daybook.ts';
import {
  answers,
  chunkOf,
  type Script,
  type ScriptedUpstream,
  scriptedUpstream,
  usageOf,
} from '../../infra/testing/upstream.ts';

const messages = [{ role: 'user' as const, content: 'How are you?' }];

/** Streams a word each 60 ms. */
const slowly =
  (...words: string[]): Script =>
  (_call, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const next = (index: number) => {
      if (response.destroyed) return;
      const word = words[index];
      if (word === undefined) {
        response.write(chunkOf({}, 'stop', { usage: usageOf(5, words.length) }));
        response.end('data: [DONE]\n\n');
        return;
      }
      response.write(chunkOf({ content: word }));
      setTimeout(() => next(index + 1), 60);
    };
    next(0);
  };

describe.each(['auto', 'embedded'])('profile %s', (profile) => {
  let upstream: ScriptedUpstream;
  let running: RunningTestDaybook;

  beforeAll(async () => {
    upstream = await scriptedUpstream({
      good: answers('All is well here.', usageOf(12, 5)),
      slow: slowly('one ', 'two ', 'three ', 'four ', 'five ', 'six'),
      fails: (_call, response) => {
        response.writeHead(500).end('{}');
      },
    });
    running = await testDaybook({
      variables: { DAYBOOK_PROFILE: profile, DAYBOOK_PORT: String(await freePort()) },
      config: `
providers:
  - { id: test, kind: openai-compatible, baseUrl: "${upstream.url}", tier: 1 }
models:
${['good', 'slow', 'fails'].map((name) => `  - { name: ${name}, provider: test, price: { input: "1", output: "10" } }`).join('\n')}
`,
    });
  });

  afterAll(async () => {
    await running?.stop();
    await upstream?.stop();
  });

  const ask = (headers: Record<string, string>, body: object = {}, signal?: AbortSignal) =>
    fetch(`${running.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${testAdminKey}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ model: 'test/good', messages, max_tokens: 40, ...body }),
      ...(signal ? { signal } : {}),
    });
  const callsOf = (model: string) => upstream.calls.filter((one) => one.model === model).length;

  describe('an Idempotency-Key', () => {
    test.each([false, true])('gives the same answer again, paid once (stream: %s)', async (stream) => {
      const before = callsOf('good');
      const key = { 'idempotency-key': `same-${stream}` };
      const first = await ask(key, { stream });
      const text = await first.text();
      const again = await ask(key, { stream });
      expect(await again.text()).toBe(text);
      expect(again.headers.get('idempotent-replayed')).toBe('true');
      expect(again.headers.get('daybook-cost-usd')).toBe('0');
      expect(again.headers.get('daybook-replay-of')).toBe(first.headers.get('daybook-invocation-id'));
      expect(callsOf('good') - before).toBe(1);
      const { data } = await running.json<{ data: { id: string; outcome: string; reason: string }[] }>(
        `/api/v1/invocations?outcome=replayed&after=${again.headers.get('daybook-position')}`,
      );
      expect(data.find(({ id }) => id === again.headers.get('daybook-invocation-id'))?.reason).toBe(
        `idempotency: ${first.headers.get('daybook-invocation-id')}`,
      );
    });

    test('is refused with another body, and while the first request is being answered', async () => {
      await (await ask({ 'idempotency-key': 'k1' })).text();
      const other = await ask({ 'idempotency-key': 'k1' }, { max_tokens: 41 });
      expect(other.status).toBe(422);
      expect(await other.json()).toMatchObject({ error: { code: 'request.key-reused' } });

      const running1 = ask({ 'idempotency-key': 'k2' }, { model: 'test/slow', stream: true });
      await expect.poll(() => callsOf('slow')).toBeGreaterThan(0);
      const during = await ask({ 'idempotency-key': 'k2' }, { model: 'test/slow', stream: true });
      expect(during.status).toBe(409);
      expect(during.headers.get('x-should-retry')).toBe('true');
      await (await running1).text();
    });

    test('keeps no failure: the next request is made anew', async () => {
      const before = callsOf('fails');
      for (let i = 0; i < 2; i++)
        expect((await ask({ 'idempotency-key': 'k3' }, { model: 'test/fails' })).status).toBe(502);
      expect(callsOf('fails') - before).toBeGreaterThan(2);
    });

    test('finishes a call whose caller left, so that its retry is not paid twice', async () => {
      const before = callsOf('slow');
      const leave = new AbortController();
      const response = await ask(
        { 'idempotency-key': 'k4' },
        { model: 'test/slow', stream: true },
        leave.signal,
      );
      await response.body?.getReader().read();
      leave.abort();
      await expect
        .poll(async () => {
          const again = await ask({ 'idempotency-key': 'k4' }, { model: 'test/slow', stream: true });
          const text = await again.text();
          return again.status === 200 && text.includes('six') && text.includes('[DONE]');
        })
        .toBe(true);
      expect(callsOf('slow') - before).toBe(1);
    });
  });

  describe('the cache of answers', () => {
    test('answers an identical request for nothing, and says so; who asks makes no difference', async () => {
      const before = callsOf('good');
      const first = await ask({ 'daybook-cache': 'use' }, { user: 'ana', seed: 1 });
      expect(first.headers.get('daybook-cache')).toBe('miss');
      const again = await ask({ 'daybook-cache': 'use' }, { seed: 1, user: 'rui' });
      expect(again.headers.get('daybook-cache')).toBe('hit');
      expect(again.headers.get('daybook-cost-usd')).toBe('0');
      expect(await again.text()).toBe(await first.text());
      expect(callsOf('good') - before).toBe(1);
    });

    test('does not answer what differs, nor who did not ask for it', async () => {
      const before = callsOf('good');
      await ask({ 'daybook-cache': 'use' }, { seed: 2 });
      await ask({ 'daybook-cache': 'use' }, { seed: 3 });
      expect((await ask({}, { seed: 2 })).headers.get('daybook-cache')).toBeNull();
      expect(callsOf('good') - before).toBe(3);
    });

    test('forgets the answers of a person who is erased', async () => {
      await ask({ 'daybook-cache': 'use' }, { user: 'gone', seed: 4 });
      const erased = await running.fetch('/api/v1/users/gone/data', { method: 'DELETE' });
      expect(erased.status).toBeLessThan(300);
      const again = await ask({ 'daybook-cache': 'use' }, { user: 'other', seed: 4 });
      expect(again.headers.get('daybook-cache')).toBe('miss');
    });

    test('is asked for by a key', async () => {
      const { secret } = await running.json<{ secret: string }>('/api/v1/keys', {
        method: 'POST',
        body: { name: 'cached', cache: true },
      });
      const authorization = `Bearer ${secret}`;
      await expect.poll(async () => (await ask({ authorization }, { seed: 5 })).status).toBe(200);
      expect((await ask({ authorization }, { seed: 5 })).headers.get('daybook-cache')).toBe('hit');
      expect(
        (await ask({ authorization, 'daybook-cache': 'off' }, { seed: 5 })).headers.get('daybook-cache'),
      ).toBeNull();
    });
  });

  describe('a resumable stream', () => {
    const resume = (id: string, last: string | undefined) =>
      running.fetch(`/v1/streams/${id}`, { ...(last ? { headers: { 'last-event-id': last } } : {}) });
    const wordsOf = (text: string) =>
      [...text.matchAll(/"content":"([^"]*)"/g)].map((match) => match[1]).join('');

    test('goes on after a dropped connection, is made once and paid once', async () => {
      const before = callsOf('slow');
      const leave = new AbortController();
      const response = await ask(
        { 'daybook-resumable': 'true' },
        { model: 'test/slow', stream: true, user: 'reader' },
        leave.signal,
      );
      const id = response.headers.get('daybook-stream-id') ?? '';
      const reader = response.body?.getReader();
      let seen = '';
      while (!seen.includes('two')) seen += new TextDecoder().decode((await reader?.read())?.value);
      leave.abort();
      const whole = seen.slice(0, seen.lastIndexOf('\n\n') + 2);
      const last = [...whole.matchAll(/^id: (\d+)$/gm)].at(-1)?.[1];
      const rest = await (await resume(id, last)).text();
      expect(wordsOf(whole + rest)).toBe('one two three four five six');
      expect(rest).toMatch(/data: \[DONE\]\n\n$/);
      // From the beginning, and after its end, too.
      expect(wordsOf(await (await resume(id, undefined)).text())).toBe('one two three four five six');
      expect(callsOf('slow') - before).toBe(1);
      const { data } = await running.eventually<{ data: { outcome: string; costUsd: string }[] }>(
        '/api/v1/invocations?user=reader',
        (body) => body.data.length > 0,
      );
      expect(data).toMatchObject([{ outcome: 'ok', costUsd: '0.000065' }]);
    });

    test('is not there for others, nor under another id', async () => {
      const response = await ask({ 'daybook-resumable': 'true' }, { stream: true });
      await response.text();
      const id = response.headers.get('daybook-stream-id') ?? '';
      const { secret } = await running.json<{ secret: string }>('/api/v1/keys', {
        method: 'POST',
        body: { name: 'another' },
      });
      const authorization = `Bearer ${secret}`;
      await expect.poll(async () => (await ask({ authorization })).status).toBe(200);
      expect((await running.fetch(`/v1/streams/${id}`, { headers: { authorization } })).status).toBe(404);
      expect((await resume('01900000-0000-7000-8000-000000000000', undefined)).status).toBe(404);
      expect((await resume('../keys', undefined)).status).toBe(404);
      expect((await resume(id, 'x')).status).toBe(400);
    });

    test('goes on at the gateway that is started again', async () => {
      const response = await ask({ 'daybook-resumable': 'true' }, { model: 'test/slow', stream: true });
      const id = response.headers.get('daybook-stream-id') ?? '';
      const reader = response.body?.getReader();
      let seen = '';
      while (!seen.includes('two')) seen += new TextDecoder().decode((await reader?.read())?.value);
      const gateway = [...running.daybook.processes()].find(([name]) => name.includes('gateway'));
      process.kill(gateway?.[1] ?? 0, 'SIGTERM');
      const last = [...seen.slice(0, seen.lastIndexOf('\n\n')).matchAll(/^id: (\d+)$/gm)].at(-1)?.[1];
      await reader?.cancel().catch(() => {});
      const back = () => running.changes.some((change) => /gateway.* runs again/.test(change));
      await expect.poll(back, { timeout: 20_000 }).toBe(true);
      const rest = await (await resume(id, last)).text();
      expect(rest).toContain('six');
      expect(rest).toContain('[DONE]');
    }, 40_000);
  });
});

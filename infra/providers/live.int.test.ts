import { beforeAll, describe, expect, test } from 'vitest';
import type { Provider } from '../../bounded-contexts/inference/index.ts';
import { parseEnvironment } from '../../schemas/config/environment.ts';
import { providersOf } from '../launcher/presets.ts';
import { atEnd } from '../testing/index.ts';
import { faulty } from '../testing/upstream/faults.ts';
import { ollamaWire } from '../testing/upstream/ollama.ts';
import { openAiWire } from '../testing/upstream/openai.ts';
import { ollama, openAiCompatible } from './index.ts';
import { callOf, framesOf, jsonIn, scripted } from './testing/calls.ts';

/**
 * What any local server of models must do, held against scripted ones always and against real ones where
 * OLLAMA_HOST or JAN_URL names them.
 */

interface Server {
  readonly name: string;
  start(): Promise<Provider>;
}

const patience = { connectMs: 5_000, firstByteMs: 120_000, betweenBytesMs: 60_000 };
const chatOnly = ['chat'] as const;

const scriptedServers: readonly Server[] = [
  {
    name: 'a scripted Ollama',
    start: async () => {
      const { url } = await scripted(faulty(ollamaWire));
      return ollama({ id: 'scripted', baseUrl: url, apiKey: undefined, ...patience });
    },
  },
  {
    name: 'a scripted llama.cpp',
    start: async () => {
      const { url } = await scripted(faulty(openAiWire));
      const baseUrl = `${url}/v1`;
      return openAiCompatible({
        id: 'scripted',
        baseUrl,
        apiKey: undefined,
        operations: chatOnly,
        ...patience,
      });
    },
  },
];

const { OLLAMA_HOST, JAN_URL } = process.env;

const realServers: readonly Server[] = providersOf(parseEnvironment({ OLLAMA_HOST, JAN_URL })).map(
  ({ id, kind, baseUrl }) => ({
    name: `the ${id} of the environment`,
    start: async () => {
      const options = { id, baseUrl, apiKey: undefined, ...patience };
      return kind === 'ollama' ? ollama(options) : openAiCompatible({ ...options, operations: chatOnly });
    },
  }),
);

describe.each([...scriptedServers, ...realServers])('$name', ({ start }) => {
  let provider: Provider;
  let model: string;

  const ask = (more: object = {}) =>
    callOf(
      'chat',
      {
        model,
        messages: [{ role: 'user', content: 'Say hello in one short sentence.' }],
        max_tokens: 200,
        ...more,
      },
      { model },
    );

  beforeAll(async () => {
    provider = await start();
    atEnd(() => provider.close());
    const models = await provider.models(AbortSignal.timeout(30_000));
    const named = process.env['DAYBOOK_TEST_LIVE_MODEL'];
    const chats = models.filter(({ operations }) => operations?.has('chat') !== false);
    model = (chats.find(({ name }) => name === named) ?? chats[0])?.name ?? 'none';
  }, 60_000);

  test('it lists a model that can be talked to', () => {
    expect(model).not.toBe('none');
  });

  test('a whole answer, with what it took', async () => {
    const reply = await provider.complete(ask());
    expect(reply.text).not.toBe('');
    expect(jsonIn(reply)).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { role: 'assistant', content: reply.text }, finish_reason: expect.any(String) }],
    });
    expect(reply.usage?.input).toBeGreaterThan(0);
    expect(reply.usage?.output).toBeGreaterThan(0);
    expect(reply.usage?.output).toBeLessThanOrEqual(200);
  }, 120_000);

  test('a streamed answer, in more than one piece, with what it took', async () => {
    const frames = await framesOf(provider, ask({ stream: true, stream_options: { include_usage: true } }));
    const said = frames.filter(({ text }) => text !== '');
    expect(said.length).toBeGreaterThan(1);
    expect(frames.findLast(({ usage }) => usage)?.usage?.output).toBeGreaterThan(0);
  }, 120_000);

  test('a caller who leaves is let go at once', async () => {
    const leaving = new AbortController();
    const call = framesOf(provider, { ...ask({ stream: true }), signal: leaving.signal });
    leaving.abort();
    const started = performance.now();
    await expect(call).rejects.toThrow();
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});

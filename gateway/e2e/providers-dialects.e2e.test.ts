import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { beforeAll, describe, expect, test } from 'vitest';
import { type RunningTestDaybook, testAdminKey, testDaybook } from '../../infra/testing/daybook.ts';
import { atEnd } from '../../infra/testing/index.ts';
import { anthropicWire } from '../../infra/testing/upstream/anthropic.ts';
import { faulty, scriptedText } from '../../infra/testing/upstream/faults.ts';
import { ollamaWire } from '../../infra/testing/upstream/ollama.ts';
import { openAiWire } from '../../infra/testing/upstream/openai.ts';
import { type WireServer, wireServer } from '../../infra/testing/upstream/wire-server.ts';

/** Any dialect in, any kind of provider behind, by the official clients and the environment alone. */

const wires = { anthropic: anthropicWire, ollama: ollamaWire, jan: openAiWire } as const;
const ids = Object.keys(wires) as readonly (keyof typeof wires)[];

const upstreams = new Map<string, WireServer>();
let running: RunningTestDaybook;
let anthropic: Anthropic;
let openai: OpenAI;

beforeAll(async () => {
  for (const id of ids) {
    const server = await wireServer(faulty(wires[id]));
    atEnd(() => server.stop());
    upstreams.set(id, server);
  }
  const urlOf = (id: string) => upstreams.get(id)?.url ?? '';
  running = await testDaybook({
    variables: {
      ANTHROPIC_BASE_URL: urlOf('anthropic'),
      ANTHROPIC_API_KEY: 'sk-scripted',
      OLLAMA_HOST: urlOf('ollama'),
      JAN_URL: urlOf('jan'),
    },
  });
  atEnd(() => running.stop());
  anthropic = new Anthropic({ apiKey: testAdminKey, baseURL: running.url, maxRetries: 0 });
  openai = new OpenAI({ apiKey: testAdminKey, baseURL: `${running.url}/v1`, maxRetries: 0 });
}, 60_000);

describe.each(ids)('%s', (id) => {
  const model = `${id}/well`;
  const asked = { model, max_tokens: 50, messages: [{ role: 'user' as const, content: 'How are you?' }] };

  test('messages, whole and streamed', async () => {
    const whole = await anthropic.messages.create(asked);
    const streamed = await anthropic.messages.stream(asked).finalMessage();
    for (const message of [whole, streamed]) {
      expect(message).toMatchObject({
        content: [{ type: 'text', text: scriptedText }],
        stop_reason: 'end_turn',
        usage: { input_tokens: 12, output_tokens: 5 },
      });
    }
  });

  test('responses, whole and streamed', async () => {
    const whole = await openai.responses.create({ model, input: 'How are you?' });
    const streamed = await openai.responses.stream({ model, input: 'How are you?' }).finalResponse();
    for (const response of [whole, streamed]) {
      expect(response.output_text).toBe(scriptedText);
      expect(response.usage).toMatchObject({ input_tokens: 12, output_tokens: 5 });
    }
  });
});

test('Anthropic is told the version and the betas that its caller speaks', async () => {
  await anthropic.messages.create(
    { model: 'anthropic/well', max_tokens: 50, messages: [{ role: 'user', content: 'Hi' }] },
    { headers: { 'anthropic-beta': 'some-beta', 'anthropic-version': '2023-06-01' } },
  );
  expect(upstreams.get('anthropic')?.calls.at(-1)?.headers).toMatchObject({
    'anthropic-beta': 'some-beta',
    'anthropic-version': '2023-06-01',
    'x-api-key': 'sk-scripted',
  });
});

test('embeddings need no provider at all', async () => {
  const { data } = await openai.embeddings.create({
    model: 'builtin/hash',
    input: 'Hello there',
    dimensions: 64,
  });
  expect(data[0]?.embedding).toHaveLength(64);
});

import OpenAI from 'openai';
import { beforeAll, describe, expect, test } from 'vitest';
import { type RunningTestDaybook, testAdminKey, testDaybook } from '../../infra/testing/daybook.ts';
import { atEnd } from '../../infra/testing/index.ts';
import { anthropicWire, messageBody, messageEvent } from '../../infra/testing/upstream/anthropic.ts';
import { ollamaDone, ollamaLine, ollamaWire } from '../../infra/testing/upstream/ollama.ts';
import {
  sendJson,
  sendStream,
  type WireCall,
  type WireServer,
  wireServer,
} from '../../infra/testing/upstream/wire-server.ts';

/** The official client, unchanged, in front of providers that speak something else: tools and pictures included. */

const args = '{"city":"Lisbon"}';
const image = 'data:image/png;base64,iVBORw0KGgo=';

/** Calls the tool that it was given, until it has its result; then answers. */
const anthropicScript = (call: WireCall): void => {
  const aside = anthropicWire.aside(call.path, ['claude-test']);
  if (aside !== undefined) {
    sendJson(call, 200, aside);
    return;
  }
  const told = JSON.stringify(call.body['messages']).includes('tool_result');
  const block = told
    ? { type: 'text', text: 'It is mild.' }
    : { type: 'tool_use', id: 'toolu_1', name: 'weather', input: JSON.parse(args) };
  const stop_reason = told ? 'end_turn' : 'tool_use';
  if (!call.streamed) {
    sendJson(call, 200, JSON.stringify(messageBody([block], { stop_reason })));
    return;
  }
  const delta = told
    ? { type: 'text_delta', text: 'It is mild.' }
    : { type: 'input_json_delta', partial_json: args };
  sendStream(call, anthropicWire.streamType, [
    messageEvent('message_start', { message: messageBody([]) }),
    messageEvent('content_block_start', {
      index: 0,
      content_block: told ? { type: 'text', text: '' } : { ...block, input: {} },
    }),
    messageEvent('content_block_delta', { index: 0, delta }),
    messageEvent('content_block_stop', { index: 0 }),
    messageEvent('message_delta', { delta: { stop_reason }, usage: { output_tokens: 5 } }),
    messageEvent('message_stop'),
  ]);
};

const ollamaScript = (call: WireCall): void => {
  const aside = ollamaWire.aside(call.path, ['llama-test']);
  if (aside !== undefined) {
    sendJson(call, 200, aside);
    return;
  }
  const told = JSON.stringify(call.body['messages']).includes('"role":"tool"');
  const message = told
    ? { content: 'It is mild.' }
    : { tool_calls: [{ function: { name: 'weather', arguments: JSON.parse(args) } }] };
  if (call.streamed)
    sendStream(call, ollamaWire.streamType, [ollamaLine(message), ollamaLine({}, ollamaDone(true))]);
  else sendJson(call, 200, ollamaLine(message, ollamaDone(true)));
};

const upstreams = new Map<string, WireServer>();
let running: RunningTestDaybook;
let client: OpenAI;

beforeAll(async () => {
  for (const [id, script] of Object.entries({ anthropic: anthropicScript, ollama: ollamaScript })) {
    const server = await wireServer(script);
    atEnd(() => server.stop());
    upstreams.set(id, server);
  }
  running = await testDaybook({
    variables: {
      ANTHROPIC_BASE_URL: upstreams.get('anthropic')?.url ?? '',
      ANTHROPIC_API_KEY: 'sk-scripted',
      OLLAMA_HOST: upstreams.get('ollama')?.url ?? '',
    },
  });
  atEnd(() => running.stop());
  client = new OpenAI({ apiKey: testAdminKey, baseURL: `${running.url}/v1`, maxRetries: 0 });
}, 60_000);

test('their models are found by the environment alone, and a price that is not known is said so', async () => {
  const ids = (await client.models.list()).data.map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(['anthropic/claude-test', 'ollama/llama-test', 'builtin/hash']));
  expect(running.daybook.notices.join('\n')).toMatch(/1 model of anthropic has no known price/);
  expect(running.daybook.notices.join('\n')).not.toMatch(/of ollama/);
});

describe.each([
  ['anthropic', 'anthropic/claude-test'],
  ['ollama', 'ollama/llama-test'],
])('%s', (id, model) => {
  const tools = [
    {
      type: 'function' as const,
      function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
    },
  ];
  const question: OpenAI.ChatCompletionMessageParam = {
    role: 'user',
    content: [
      { type: 'text', text: 'What is the weather where this was taken?' },
      { type: 'image_url', image_url: { url: image } },
    ],
  };

  test('a tool is called with a picture in sight, its result is read, and both are paid', async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [question];
    const first = await client.chat.completions.create({ model, messages, tools, user: `whole-${id}` });
    const [choice] = first.choices;
    expect(choice?.finish_reason).toBe('tool_calls');
    const [call] = choice?.message.tool_calls ?? [];
    if (call?.type !== 'function') throw new Error('no function was called');
    expect(JSON.parse(call.function.arguments)).toEqual(JSON.parse(args));
    if (choice) messages.push(choice.message);
    messages.push({ role: 'tool', tool_call_id: call.id, content: 'mild' });
    const second = await client.chat.completions.create({ model, messages, tools, user: `whole-${id}` });
    expect(second.choices[0]?.message.content).toBe('It is mild.');
    expect(second.usage).toMatchObject({ prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 });
    expect(JSON.stringify(upstreams.get(id)?.calls.map(({ body }) => body))).toContain(image.split(',')[1]);
    const { data } = await running.eventually<{ data: { outcome: string; input: number; output: number }[] }>(
      `/api/v1/invocations?user=whole-${id}`,
      (body) => body.data.length === 2,
    );
    for (const one of data) expect(one).toMatchObject({ outcome: 'ok', input: 12, output: 5 });
  });

  test('the same streamed, as the client’s own helper puts it together', async () => {
    const stream = client.chat.completions.stream({ model, messages: [question], tools });
    const message = await stream.finalMessage();
    expect(message.tool_calls?.[0]).toMatchObject({ function: { name: 'weather', arguments: args } });
  });

  test('what the provider has nothing like is refused by name', async () => {
    const more = { model, messages: [question], logit_bias: { 5: 1 } };
    await expect(client.chat.completions.create(more)).rejects.toMatchObject({
      status: 400,
      code: 'request.unsupported',
      message: expect.stringContaining('logit_bias: '),
    });
    await expect(client.chat.completions.create({ model, messages: [question], n: 3 })).rejects.toMatchObject(
      {
        status: 400,
        code: 'model.no-candidate',
      },
    );
  });
});

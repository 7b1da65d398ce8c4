import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningTestDaybook, testAdminKey, testDaybook } from '../../infra/testing/daybook.ts';
import { anthropicWire, messageBody, messageEvent } from '../../infra/testing/upstream/anthropic.ts';
import { responseBody } from '../../infra/testing/upstream/openai.ts';
import {
  sendJson,
  sendStream,
  type WireCall,
  type WireServer,
  wireServer,
} from '../../infra/testing/upstream/wire-server.ts';

/** Dialects in front of providers that speak them: what passes as it is, and the little that does not. */

const text = 'All is well here.';
const usage = { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 };

const responseEvents = (): string[] => {
  const place = { item_id: 'msg_test', output_index: 0, content_index: 0 };
  const part = { type: 'output_text', text: '', annotations: [], logprobs: [] };
  const item = { type: 'message', id: 'msg_test', status: 'in_progress', role: 'assistant', content: [] };
  const whole = responseBody(text, 'completed');
  return [
    { type: 'response.created', response: responseBody(text, 'in_progress') },
    { type: 'response.output_item.added', output_index: 0, item },
    { type: 'response.content_part.added', ...place, part },
    { type: 'response.output_text.delta', ...place, delta: text, logprobs: [] },
    { type: 'response.output_text.done', ...place, text, logprobs: [] },
    { type: 'response.content_part.done', ...place, part: { ...part, text } },
    { type: 'response.output_item.done', output_index: 0, item: whole.output[0] },
    { type: 'response.completed', response: whole },
  ].map(
    (one, sequence_number) => `event: ${one.type}\ndata: ${JSON.stringify({ ...one, sequence_number })}\n\n`,
  );
};

const openAiScript = (call: WireCall): void => {
  switch (call.path) {
    case '/v1/responses':
      if (call.streamed) sendStream(call, 'text/event-stream', responseEvents());
      else sendJson(call, 200, JSON.stringify(responseBody(text, 'completed')));
      return;
    case '/v1/completions': {
      const choice = { text, index: 0, logprobs: null, finish_reason: 'stop' };
      const body = { id: 'cmpl-1', object: 'text_completion', created: 1, model: 'm', choices: [choice] };
      if (call.streamed)
        sendStream(call, 'text/event-stream', [
          `data: ${JSON.stringify(body)}\n\n`,
          `data: ${JSON.stringify({ ...body, choices: [], usage })}\n\n`,
          'data: [DONE]\n\n',
        ]);
      else sendJson(call, 200, JSON.stringify({ ...body, usage }));
      return;
    }
    case '/v1/embeddings': {
      // As many local servers: floats, whatever was asked for.
      const data = [{ object: 'embedding', index: 0, embedding: [0.5, -1, 0] }];
      sendJson(
        call,
        200,
        JSON.stringify({ object: 'list', model: 'm', data, usage: { prompt_tokens: 3, total_tokens: 3 } }),
      );
      return;
    }
    case '/v1/moderations':
      sendJson(
        call,
        200,
        JSON.stringify({ id: 'modr-1', model: 'm', results: [{ flagged: true, categories: {} }] }),
      );
      return;
    case '/v1/rerank': {
      const results = [{ index: 1, relevance_score: 0.9 }];
      sendJson(call, 200, JSON.stringify({ model: 'm', results, usage: { total_tokens: 20 } }));
      return;
    }
    default:
      sendJson(call, 404, JSON.stringify({ error: { message: 'no such path' } }));
  }
};

const anthropicScript = (call: WireCall): void => {
  const thinking = { type: 'thinking', thinking: 'Hmm.', signature: 'signed' };
  const said = { type: 'text', text };
  if (call.path.startsWith('/v1/messages/count_tokens')) {
    sendJson(call, 200, JSON.stringify({ input_tokens: 42 }));
    return;
  }
  if (!call.streamed) {
    sendJson(call, 200, JSON.stringify(messageBody([thinking, said], { stop_reason: 'end_turn' })));
    return;
  }
  sendStream(call, anthropicWire.streamType, [
    messageEvent('message_start', { message: messageBody([]) }),
    messageEvent('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    messageEvent('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
    messageEvent('content_block_stop', { index: 0 }),
    messageEvent('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } }),
    messageEvent('message_stop'),
  ]);
};

let openAiServer: WireServer;
let anthropicServer: WireServer;
let running: RunningTestDaybook;
let client: OpenAI;
let claude: Anthropic;

beforeAll(async () => {
  openAiServer = await wireServer(openAiScript);
  anthropicServer = await wireServer(anthropicScript);
  const price = 'price: { input: "1", output: "10" }';
  running = await testDaybook({
    config: `
providers:
  - { id: open, kind: openai-compatible, baseUrl: "${openAiServer.url}/v1", tier: 2, operations: [responses, completions, embeddings, moderations, rerank] }
  - { id: claude, kind: anthropic, baseUrl: "${anthropicServer.url}", tier: 3, local: false }
models:
  - { name: m, provider: open, ${price} }
  - { name: sonnet, provider: claude, ${price} }
`,
  });
  client = new OpenAI({ apiKey: testAdminKey, baseURL: `${running.url}/v1`, maxRetries: 0 });
  claude = new Anthropic({ apiKey: testAdminKey, baseURL: running.url, maxRetries: 0 });
});

afterAll(async () => {
  await running?.stop();
  await openAiServer?.stop();
  await anthropicServer?.stop();
});

const last = ({ calls }: WireServer) => calls.at(-1)?.body;

describe('responses', () => {
  test('are kept by Daybook alone, under its id, and go on from there', async () => {
    const first = await client.responses.create({ model: 'open/m', input: 'How are you?' });
    expect(first.id).toMatch(/^resp_[0-9a-f-]{36}$/);
    expect(first).toMatchObject({ output_text: text, store: true });
    expect(last(openAiServer)).toMatchObject({ model: 'm', store: false, input: 'How are you?' });
    const second = await client.responses
      .stream({ model: 'open/m', input: 'Sure?', previous_response_id: first.id })
      .finalResponse();
    expect(second).toMatchObject({ status: 'completed', previous_response_id: first.id });
    expect(last(openAiServer)?.['input']).toMatchObject([
      { role: 'user', content: 'How are you?' },
      { role: 'assistant', content: [{ text }] },
      { role: 'user', content: 'Sure?' },
    ]);
    expect(last(openAiServer)).not.toHaveProperty('previous_response_id');
    expect(await client.responses.retrieve(second.id)).toMatchObject({ id: second.id, output_text: text });
  });
});

describe('what OpenAI serves beside chat', () => {
  test('completions pass, with usage only where it was asked for', async () => {
    const whole = await client.completions.create({ model: 'open/m', prompt: ['a', 'b'], suffix: 'z' });
    expect(whole).toMatchObject({ choices: [{ text }], usage });
    expect(last(openAiServer)).toMatchObject({ prompt: ['a', 'b'], suffix: 'z' });
    for (const include_usage of [false, true]) {
      const chunks: OpenAI.Completion[] = [];
      for await (const chunk of await client.completions.create({
        model: 'open/m',
        prompt: 'a',
        stream: true,
        stream_options: { include_usage },
      }))
        chunks.push(chunk);
      expect(chunks.map((chunk) => chunk.choices[0]?.text ?? '').join('')).toBe(text);
      expect(chunks.some((chunk) => chunk.usage != null)).toBe(include_usage);
    }
  });

  test('embeddings come in the form that was asked for, whatever the provider gives', async () => {
    const asked = { model: 'open/m', input: 'a text' };
    const vectors = await client.embeddings.create(asked);
    expect([...(vectors.data[0]?.embedding ?? [])]).toEqual([0.5, -1, 0]);
    const floats = await client.embeddings.create({ ...asked, encoding_format: 'float' });
    expect(floats.data[0]?.embedding).toEqual([0.5, -1, 0]);
    const base64 = await client.embeddings.create({ ...asked, encoding_format: 'base64' });
    expect(base64.data[0]?.embedding).toBe('AAAAPwAAgL8AAAAA');
    const tokens = await client.embeddings.create({ ...asked, input: [1, 2, 3], dimensions: 3 });
    expect(tokens.usage.prompt_tokens).toBe(3);
    expect(last(openAiServer)).toMatchObject({ input: [1, 2, 3], dimensions: 3 });
  });

  test('embeddings are there without any provider', async () => {
    const { data } = await client.embeddings.create({ model: 'builtin/hash', input: ['one', 'two'] });
    expect(data.map(({ embedding }) => embedding.length > 100)).toEqual([true, true]);
  });

  test('moderations and rerank pass', async () => {
    const verdict = await client.moderations.create({ model: 'open/m', input: 'a text' });
    expect(verdict.results[0]?.flagged).toBe(true);
    const body = { model: 'open/m', query: 'q', documents: ['a', { text: 'b' }], top_n: 1 };
    expect(await client.post('/rerank', { body })).toMatchObject({ results: [{ index: 1 }] });
    expect(last(openAiServer)).toEqual({ ...body, model: 'm' });
  });
});

describe('messages', () => {
  const asked = {
    model: 'claude/sonnet',
    max_tokens: 50,
    messages: [{ role: 'user' as const, content: 'Hi' }],
  };

  test('pass as they are, signed thinking and what is new included', async () => {
    const body = {
      ...asked,
      top_k: 5,
      messages: [
        ...asked.messages,
        {
          role: 'assistant' as const,
          content: [{ type: 'thinking' as const, thinking: 'x', signature: 's' }],
        },
        { role: 'user' as const, content: 'Go on' },
      ],
    };
    const message = await claude.messages.create(body, { headers: { 'anthropic-beta': 'new-thing' } });
    expect(message.content).toMatchObject([
      { type: 'thinking', signature: 'signed' },
      { type: 'text', text },
    ]);
    expect(last(anthropicServer)).toEqual({ ...body, model: 'sonnet' });
    expect(anthropicServer.calls.at(-1)?.headers['anthropic-beta']).toContain('new-thing');
  });

  test('are streamed, and held back at their end until they are recorded', async () => {
    const { response } = await claude.messages.create({ ...asked, stream: true }).withResponse();
    expect(response.headers.get('request-id')).toMatch(/^req_/);
    const raw = await running.fetch('/v1/messages', { method: 'POST', body: { ...asked, stream: true } });
    expect(await raw.text()).toMatch(/event: message_stop\n.*\n\n: Daybook-Cost-Usd/);
    const message = await claude.messages.stream(asked).finalMessage();
    expect(message.content).toMatchObject([{ type: 'text', text }]);
  });

  test('are counted by who will answer them', async () => {
    const { data, response } = await claude.messages
      .countTokens({ model: asked.model, messages: asked.messages })
      .withResponse();
    expect(data.input_tokens).toBe(42);
    expect(response.headers.get('daybook-token-count')).toBe('provider');
  });

  test('are not shown to anybody outside for counting in privacy mode', async () => {
    const before = anthropicServer.calls.length;
    const { data, response } = await claude.messages
      .countTokens(
        { model: asked.model, messages: asked.messages },
        { headers: { 'daybook-privacy': 'local' } },
      )
      .withResponse();
    expect(data.input_tokens).toBeLessThan(42);
    expect(response.headers.get('daybook-token-count')).toBe('estimate');
    expect(anthropicServer.calls.length).toBe(before);
  });

  test('chat and responses reach the same model by translation', async () => {
    const chat = await client.chat.completions.create({ model: asked.model, messages: asked.messages });
    expect(chat.choices[0]?.message.content).toBe(text);
    const response = await client.responses.create({ model: asked.model, input: 'Hi' });
    expect(response.output_text).toBe(text);
    const streamed = await client.responses.stream({ model: asked.model, input: 'Hi' }).finalResponse();
    expect(streamed.output_text).toBe(text);
    expect(last(anthropicServer)).toMatchObject({ model: 'sonnet', stream: true });
  });
});

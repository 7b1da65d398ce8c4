import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningTestDaybook, testAdminKey, testDaybook } from '../../infra/testing/daybook.ts';
import { responseBody } from '../../infra/testing/upstream/openai.ts';
import { type WireCall, type WireServer, wireServer } from '../../infra/testing/upstream/wire-server.ts';
import { chunkOf } from '../../infra/testing/upstream.ts';

/**
 * Streamed responses that fail, at providers that speak Responses and at those that are reached by chat completions:
 * what the official client makes of each, and what is on the wire.
 */

const place = { item_id: 'msg_test', output_index: 0, content_index: 0 };
const created = { type: 'response.created', response: responseBody('', 'in_progress') };
const beginning = [created, { type: 'response.in_progress', response: responseBody('', 'in_progress') }];
const deltas = [
  ...beginning,
  {
    type: 'response.output_item.added',
    output_index: 0,
    item: { type: 'message', id: 'msg_test', status: 'in_progress', role: 'assistant', content: [] },
  },
  {
    type: 'response.content_part.added',
    ...place,
    part: { type: 'output_text', text: '', annotations: [], logprobs: [] },
  },
  { type: 'response.output_text.delta', ...place, delta: 'The ', logprobs: [] },
  { type: 'response.output_text.delta', ...place, delta: 'beginning', logprobs: [] },
];
const failed = (code: string) => ({
  type: 'response.failed',
  response: { ...responseBody('', 'in_progress'), status: 'failed', error: { code, message: 'scripted' } },
});
const error = { type: 'error', code: 'server_error', message: 'scripted', param: null };

const natively: Readonly<Record<string, readonly object[]>> = {
  'failed-first': [failed('server_error')],
  'error-first': [error],
  'created-failed': [created, failed('server_error')],
  'begun-failed': [...beginning, failed('server_error')],
  'begun-limited': [...beginning, failed('rate_limit_exceeded')],
  'deltas-failed': [...deltas, failed('server_error')],
  'deltas-error': [...deltas, error],
  'deltas-cut': deltas,
};
const overChat: Readonly<Record<string, readonly object[]>> = {
  'role-cut': [{ role: 'assistant', content: '' }],
  'chat-cut': [{ role: 'assistant', content: '' }, { content: 'The ' }, { content: 'beginning' }],
};

const script = ({ model, response }: WireCall): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  natively[model]?.forEach((one, sequence_number) => {
    const { type } = one as { type: string };
    response.write(`event: ${type}\ndata: ${JSON.stringify({ ...one, sequence_number })}\n\n`);
  });
  for (const delta of overChat[model] ?? []) response.write(chunkOf(delta));
  setTimeout(() => response.destroy(), 30);
};

let upstream: WireServer;
let running: RunningTestDaybook;
let client: OpenAI;

beforeAll(async () => {
  upstream = await wireServer(script);
  const model = (provider: string) => (name: string) =>
    `  - { name: ${name}, provider: ${provider}, price: { input: "1", output: "10" } }`;
  running = await testDaybook({
    config: `
providers:
  - { id: native, kind: openai-compatible, baseUrl: "${upstream.url}/v1", tier: 2, operations: [responses] }
  - { id: chat, kind: openai-compatible, baseUrl: "${upstream.url}/v1", tier: 2, operations: [chat] }
models:
${[...Object.keys(natively).map(model('native')), ...Object.keys(overChat).map(model('chat'))].join('\n')}
routing:
  breaker: { failures: 1000, rate: 1 }
`,
  });
  client = new OpenAI({ apiKey: testAdminKey, baseURL: `${running.url}/v1`, maxRetries: 0 });
});

afterAll(async () => {
  await running?.stop();
  await upstream?.stop();
});

/** An error that the client raises, as far as it says what went wrong. */
const raised = (thrown: unknown) => {
  if (!(thrown instanceof OpenAI.APIError)) throw thrown;
  return { status: thrown.status, code: thrown.code, message: thrown.message };
};

async function iterated(model: string) {
  const events: OpenAI.Responses.ResponseStreamEvent[] = [];
  try {
    for await (const event of await client.responses.create({ model, input: 'x', stream: true }))
      events.push(event);
  } catch (thrown) {
    return { events, error: raised(thrown) };
  }
  return { events, error: undefined };
}

async function helped(model: string) {
  const stream = client.responses.stream({ model, input: 'x' });
  const types: string[] = [];
  stream.on('event', ({ type }) => types.push(type));
  const thrown: unknown = await stream.finalResponse().catch((reason: unknown) => reason);
  return { types, error: raised(thrown) };
}

describe('a streamed response that fails before anything was given', () => {
  test.each([
    ['native/failed-first', 'provider.error'],
    ['native/error-first', 'provider.error'],
    ['native/created-failed', 'provider.error'],
    ['chat/role-cut', 'provider.cut-off'],
  ])('is refused as any call is: %s', async (model, code) => {
    for (const { error } of [await iterated(model), await helped(model)])
      expect(error).toMatchObject({ status: 502, code });
  });
});

describe('a streamed response that fails after its beginning', () => {
  test.each([
    ['native/begun-failed', 'provider.error', 'server_error'],
    ['native/begun-limited', 'rate_limit_exceeded', 'rate_limit_exceeded'],
    ['native/deltas-failed', 'provider.cut-off', 'server_error'],
    ['native/deltas-error', 'provider.cut-off', 'server_error'],
    ['native/deltas-cut', 'provider.cut-off', 'server_error'],
    ['chat/chat-cut', 'provider.cut-off', 'server_error'],
  ])('says that it failed, and is then raised by the client: %s', async (model, code, listed) => {
    const { events, error } = await iterated(model);
    expect(error).toMatchObject({ status: undefined, code });
    const [first] = events;
    const last = events.at(-1);
    if (first?.type !== 'response.created' || last?.type !== 'response.failed')
      throw new Error(`began with ${first?.type} and ended with ${last?.type}`);
    expect(last.response).toMatchObject({
      id: first.response.id,
      status: 'failed',
      error: { code: listed, message: error?.message },
      output: [],
    });
    const again = await helped(model);
    expect(again.error).toMatchObject({ code });
    expect(again.types.at(-1)).toBe('response.failed');
    expect(again.types).not.toContain('response.completed');
    await expect(client.responses.retrieve(first.response.id)).rejects.toMatchObject({ status: 404 });
  });

  test.each(['native/deltas-failed', 'chat/chat-cut'])(
    'is numbered without a gap to the last event, which is the error: %s',
    async (model) => {
      for (const headers of [{}, { 'daybook-resumable': 'true' }]) {
        const response = await running.fetch('/v1/responses', {
          method: 'POST',
          body: { model, input: 'x', stream: true },
          headers,
        });
        const live = response.headers.get('daybook-stream-id');
        const texts = [await response.text()];
        if (live !== null) texts.push(await (await running.fetch(`/v1/streams/${live}`)).text());
        for (const text of texts) {
          const events = [...text.matchAll(/^data: (.*)$/gm)].map(
            ([, data]) => JSON.parse(data ?? '') as { type: string; sequence_number: number; code?: string },
          );
          expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, at) => at));
          expect(events.slice(-2)).toMatchObject([
            { type: 'response.failed' },
            { type: 'error', code: 'provider.cut-off', param: null },
          ]);
        }
      }
    },
  );
});

import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { callsTool, endless, says, streamed, thinks, weighed } from '../../infra/testing/chat-scripts.ts';
import { type RunningTestDaybook, testAdminKey, testDaybook } from '../../infra/testing/daybook.ts';
import { chunkOf, type ScriptedUpstream, scriptedUpstream, usageOf } from '../../infra/testing/upstream.ts';

let upstream: ScriptedUpstream;
let running: RunningTestDaybook;
let client: OpenAI;

beforeAll(async () => {
  upstream = await scriptedUpstream({
    good: says('All is well here.', usageOf(12, 5)),
    json: says('{"city":"Lisbon","days":2}', usageOf(12, 9)),
    tools: callsTool('weather', { city: 'Lisbon', days: 2 }),
    thinks,
    weighed,
    endless,
    refuses: streamed([{ role: 'assistant', refusal: 'I will not.' }]),
    long: streamed([{ content: 'cut by the bound' }], 'length'),
    cut: (_call, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunkOf({ content: 'The beginning' }));
      setTimeout(() => response.destroy(), 30);
    },
  });
  running = await testDaybook({
    config: `
providers:
  - { id: test, kind: openai-compatible, baseUrl: "${upstream.url}", tier: 2, operations: [chat, embeddings, rerank, moderations] }
models:
${[...upstream.scripts.keys()].map((name) => `  - { name: ${name}, provider: test, price: { input: "1", output: "10" } }`).join('\n')}
`,
  });
  client = new OpenAI({ apiKey: testAdminKey, baseURL: `${running.url}/v1`, maxRetries: 0 });
});

afterAll(async () => {
  await running?.stop();
  await upstream?.stop();
});

const sent = (model: string) => upstream.calls.findLast((call) => call.model === model)?.body;

const weather = {
  type: 'function' as const,
  name: 'weather',
  strict: true,
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
};

describe('a response', () => {
  test('is answered whole, with its usage and an id made of the invocation', async () => {
    const { data, response } = await client.responses
      .create({
        model: 'test/good',
        input: 'How are you?',
        instructions: 'Be brief.',
        max_output_tokens: 40,
        metadata: { case: '7' },
      })
      .withResponse();
    expect(data.output_text).toBe('All is well here.');
    expect(data).toMatchObject({
      id: `resp_${response.headers.get('daybook-invocation-id')}`,
      object: 'response',
      status: 'completed',
      model: 'test/good',
      instructions: 'Be brief.',
      metadata: { case: '7' },
      usage: { input_tokens: 12, output_tokens: 5, total_tokens: 17 },
    });
    expect(sent('good')).toMatchObject({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'How are you?' },
      ],
      max_tokens: 40,
    });
    expect(sent('good')).not.toHaveProperty('store');
  });

  test('is found again by its id, at once and with what it was asked', async () => {
    for (const stream of [false, true]) {
      const made = stream
        ? await client.responses.stream({ model: 'test/good', input: 'How are you?' }).finalResponse()
        : await client.responses.create({ model: 'test/good', input: 'How are you?' });
      const found = await client.responses.retrieve(made.id);
      expect(found).toMatchObject({ id: made.id, status: 'completed', output_text: 'All is well here.' });
      const items = await client.responses.inputItems.list(made.id);
      expect(items.data).toMatchObject([{ role: 'user', content: 'How are you?' }]);
    }
  });

  test('that is not to be stored is not found; nor is one of another key', async () => {
    const unstored = await client.responses.create({ model: 'test/good', input: 'Hi', store: false });
    expect(unstored).toMatchObject({ store: false });
    await expect(client.responses.retrieve(unstored.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    const made = await client.responses.create({ model: 'test/good', input: 'Hi' });
    const { secret } = await running.json<{ secret: string }>('/api/v1/keys', {
      method: 'POST',
      body: { name: 'another', role: 'service' },
    });
    const other = new OpenAI({ apiKey: secret, baseURL: `${running.url}/v1`, maxRetries: 0 });
    await expect(other.responses.retrieve(made.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(client.responses.delete(made.id)).rejects.toMatchObject({ status: 405 });
    await expect(client.responses.retrieve('resp_none')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  test('of a person who is erased can be neither read nor continued', async () => {
    const made = await client.responses.create({ model: 'test/good', input: 'Hi', user: 'gone' });
    expect(await client.responses.retrieve(made.id)).toMatchObject({ id: made.id });
    await running.fetch('/api/v1/users/gone/data', { method: 'DELETE' });
    await expect(client.responses.retrieve(made.id)).rejects.toMatchObject({
      status: 410,
      code: 'vault.redacted',
    });
    const more = { model: 'test/good', input: 'x', previous_response_id: made.id };
    await expect(client.responses.create(more)).rejects.toMatchObject({ status: 410 });
  });

  test('is one, also where the client sends it twice with one Idempotency-Key', async () => {
    const body = { model: 'test/good', input: 'Once.' };
    const options = { headers: { 'idempotency-key': 'once' } };
    const first = await client.responses.create(body, options);
    const again = await client.responses.create(body, options);
    expect(again.id).toBe(first.id);
    expect(await client.responses.retrieve(first.id)).toMatchObject({ id: first.id });
  });

  test('is continued by its id, over three turns, without its instructions', async () => {
    const first = await client.responses.create({
      model: 'test/good',
      input: 'How are you?',
      instructions: 'Be brief.',
    });
    const second = await client.responses.create({
      model: 'test/good',
      input: 'Sure?',
      previous_response_id: first.id,
    });
    await client.responses.create({
      model: 'test/good',
      input: [{ role: 'user', content: 'Really?' }],
      previous_response_id: second.id,
    });
    expect(sent('good')?.['messages']).toEqual([
      { role: 'user', content: 'How are you?' },
      { role: 'assistant', content: 'All is well here.' },
      { role: 'user', content: 'Sure?' },
      { role: 'assistant', content: 'All is well here.' },
      { role: 'user', content: 'Really?' },
    ]);
    expect(second.previous_response_id).toBe(first.id);
    await expect(
      client.responses.create({ model: 'test/good', input: 'x', previous_response_id: 'resp_none' }),
    ).rejects.toMatchObject({ status: 400, param: 'previous_response_id' });
  });

  test('calls a function, and takes its output by call_id', async () => {
    const first = await client.responses.create({
      model: 'test/tools',
      input: 'The weather?',
      tools: [weather],
      tool_choice: { type: 'function', name: 'weather' },
    });
    expect(sent('tools')).toMatchObject({
      tools: [{ type: 'function', function: { name: 'weather', strict: true } }],
      tool_choice: { type: 'function', function: { name: 'weather' } },
    });
    const call = first.output.find((item) => item.type === 'function_call');
    expect(call).toMatchObject({ call_id: 'call_1', arguments: '{"city":"Lisbon","days":2}' });
    await client.responses.create({
      model: 'test/good',
      previous_response_id: first.id,
      input: [{ type: 'function_call_output', call_id: 'call_1', output: 'sunny' }],
    });
    expect(sent('good')?.['messages']).toMatchObject([
      { role: 'user', content: 'The weather?' },
      { role: 'assistant', content: 'Let me see.', tool_calls: [{ id: 'call_1' }] },
      { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
    ]);
  });

  test('is parsed by the schema that it was asked for', async () => {
    const shape = z.object({ city: z.string(), days: z.number() });
    const response = await client.responses.parse({
      model: 'test/json',
      input: 'Where?',
      text: { format: zodTextFormat(shape, 'place') },
      reasoning: { effort: 'low' },
    });
    expect(response.output_parsed).toEqual({ city: 'Lisbon', days: 2 });
    expect(sent('json')).toMatchObject({
      response_format: { type: 'json_schema', json_schema: { name: 'place', strict: true } },
      reasoning_effort: 'low',
    });
  });

  test('tells of log probabilities, and of reasoning that the model shows', async () => {
    const response = await client.responses.create({
      model: 'test/weighed',
      input: 'x',
      include: ['message.output_text.logprobs'],
    });
    expect(response.output[0]).toMatchObject({ content: [{ logprobs: [{ token: 'Yes' }, { token: '.' }] }] });
    const thought = await client.responses.create({ model: 'test/thinks', input: 'x' });
    expect(thought.output).toMatchObject([
      { type: 'reasoning', content: [{ type: 'reasoning_text', text: 'Hmm, well.' }] },
      { type: 'message', content: [{ text: 'Yes.' }] },
    ]);
  });

  test('shows pictures to the model', async () => {
    await client.responses.create({
      model: 'test/good',
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'What is it?' },
            { type: 'input_image', image_url: 'https://example.com/a.png', detail: 'low' },
          ],
        },
      ],
    });
    expect(sent('good')?.['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is it?' },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } },
        ],
      },
    ]);
  });

  test.each([
    ['tools[0]', { tools: [{ type: 'web_search' }] }],
    ['background', { background: true }],
    ['conversation', { conversation: 'conv_1' }],
    ['truncation', { truncation: 'auto' }],
    ['input[0]', { input: [{ type: 'item_reference', id: 'x' }] }],
    ['include[0]', { include: ['file_search_call.results'] }],
  ])('%s cannot be carried over, and is refused by its name', async (param, more) => {
    const response = await running.fetch('/v1/responses', {
      method: 'POST',
      body: { model: 'test/good', input: 'x', ...more },
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param, code: 'request.unsupported' } });
  });
});

describe('a streamed response', () => {
  test('has OpenAI’s events, numbered, in their order', async () => {
    const names: string[] = [];
    const numbers: number[] = [];
    for await (const event of await client.responses.create({
      model: 'test/tools',
      input: 'The weather?',
      tools: [weather],
      stream: true,
    })) {
      if (names.at(-1) !== event.type) names.push(event.type);
      numbers.push(event.sequence_number);
    }
    expect(names).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(numbers).toEqual(numbers.map((_, at) => at));
  });

  test.each([
    ['test/good', 'completed'],
    ['test/tools', 'completed'],
    ['test/thinks', 'completed'],
    ['test/refuses', 'completed'],
    ['test/long', 'incomplete'],
  ])('of %s is added up by the helper, and ends %s', async (model, status) => {
    const stream = client.responses.stream({ model, input: 'x' });
    let text = '';
    stream.on('response.output_text.delta', ({ delta }) => {
      text += delta;
    });
    const response = await stream.finalResponse();
    expect(response.status).toBe(status);
    expect(response.output_text).toBe(text);
    expect(response.incomplete_details).toEqual(
      status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
    );
  });

  test('that breaks off ends with an error event and is neither completed nor stored', async () => {
    const names: string[] = [];
    const stream = client.responses.stream({ model: 'test/cut', input: 'x' });
    stream.on('event', ({ type }) => names.push(type));
    let id = '';
    stream.on('response.created', ({ response }) => {
      id = response.id;
    });
    const error = await stream.finalResponse().catch((thrown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error.code).toBe('provider.cut-off');
    expect(names).not.toContain('response.completed');
    await expect(client.responses.retrieve(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  test('is aborted by its caller', async () => {
    const stream = client.responses.stream({ model: 'test/endless', input: 'x', user: 'leaver' });
    stream.on('response.output_text.delta', () => stream.abort());
    await expect(stream.done()).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    await running.eventually<{ data: { outcome: string }[] }>(
      '/api/v1/invocations?user=leaver',
      (body) => body.data[0]?.outcome === 'aborted',
    );
    expect(sent('endless')).toMatchObject({ stream: true });
  });
});

import OpenAI from 'openai';
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  callsTool,
  callsToolOnce,
  choices,
  endless,
  says,
  weighed,
} from '../../infra/testing/chat-scripts.ts';
import { type RunningTestDaybook, testAdminKey, testDaybook } from '../../infra/testing/daybook.ts';
import {
  answerJson,
  answers,
  type ScriptedUpstream,
  scriptedUpstream,
  usageOf,
} from '../../infra/testing/upstream.ts';

let upstream: ScriptedUpstream;
let running: RunningTestDaybook;
let client: OpenAI;

beforeAll(async () => {
  upstream = await scriptedUpstream({
    good: says('All is well here.', usageOf(12, 5)),
    json: answers('{"city":"Lisbon","days":2}', usageOf(12, 9)),
    tools: callsTool('weather', { city: 'Lisbon', days: 2 }),
    runner: callsToolOnce('weather', { city: 'Lisbon' }, 'It is sunny.'),
    choices,
    weighed,
    limited: (_call, response) =>
      answerJson(response, 429, JSON.stringify({ error: { message: 'slow down' } }), { 'retry-after': '1' }),
    broken: (_call, response) => answerJson(response, 500, JSON.stringify({ error: { message: 'oops' } })),
    // Once more at the same provider is the gateway's; the third is the client's own.
    flaky: (call, response) =>
      upstream.calls.filter(({ model }) => model === 'flaky').length <= 2
        ? answerJson(response, 500, JSON.stringify({ error: { message: 'oops' } }))
        : answers('Back again.', usageOf(3, 2))(call, response),
    endless,
  });
  running = await testDaybook({
    config: `
providers:
  - { id: test, kind: openai-compatible, baseUrl: "${upstream.url}", tier: 2, operations: [chat] }
models:
${[...upstream.scripts.keys()].map((name) => `  - { name: ${name}, provider: test, price: { input: "1", output: "10" }, operations: [chat, completions, responses] }`).join('\n')}
`,
  });
  client = new OpenAI({ apiKey: testAdminKey, baseURL: `${running.url}/v1`, maxRetries: 0 });
});

afterAll(async () => {
  await running?.stop();
  await upstream?.stop();
});

const messages = [{ role: 'user' as const, content: 'How are you?' }];
const weather = z.object({ city: z.string(), days: z.number().optional() });

const sent = (model: string) => upstream.calls.findLast((call) => call.model === model)?.body;

describe('chat completions and their helpers', () => {
  test('the stream helper adds up text and usage', async () => {
    const stream = client.chat.completions.stream({
      model: 'test/good',
      messages,
      stream_options: { include_usage: true },
    });
    let text = '';
    stream.on('content', (more) => {
      text += more;
    });
    const completion = await stream.finalChatCompletion();
    expect(text).toBe('All is well here.');
    expect(completion.choices[0]?.message.content).toBe(text);
    expect(completion.usage).toMatchObject({ prompt_tokens: 12, completion_tokens: 5 });
  });

  test('a structured answer is asked for and parsed', async () => {
    const completion = await client.chat.completions.parse({
      model: 'test/json',
      messages,
      response_format: zodResponseFormat(weather.required(), 'weather'),
    });
    expect(completion.choices[0]?.message.parsed).toEqual({ city: 'Lisbon', days: 2 });
    expect(sent('json')).toMatchObject({ response_format: { type: 'json_schema' } });
  });

  test('tool calls come in deltas and are parsed whole', async () => {
    const stream = client.chat.completions.stream({
      model: 'test/tools',
      messages,
      tools: [zodFunction({ name: 'weather', parameters: weather.required() })],
    });
    const pieces: string[] = [];
    stream.on('tool_calls.function.arguments.delta', ({ arguments_delta }) => pieces.push(arguments_delta));
    const [choice] = (await stream.finalChatCompletion()).choices;
    expect(pieces.length).toBeGreaterThan(2);
    expect(choice?.finish_reason).toBe('tool_calls');
    expect(choice?.message.tool_calls?.[0]).toMatchObject({
      function: { name: 'weather', parsed_arguments: { city: 'Lisbon', days: 2 } },
    });
  });

  test('the tool runner goes round until there is an answer', async () => {
    const cities: string[] = [];
    const runner = client.chat.completions.runTools({
      model: 'test/runner',
      messages,
      tools: [
        {
          type: 'function',
          function: {
            name: 'weather',
            description: 'The weather',
            parameters: { type: 'object', properties: { city: { type: 'string' } } },
            parse: JSON.parse,
            function: ({ city }: { city: string }) => {
              cities.push(city);
              return 'sunny';
            },
          },
        },
      ],
    });
    expect(await runner.finalContent()).toBe('It is sunny.');
    expect(cities).toEqual(['Lisbon']);
  });

  test('several choices and log probabilities pass through, streamed or not', async () => {
    const whole = await client.chat.completions.create({ model: 'test/choices', messages, n: 2 });
    expect(whole.choices.map(({ message }) => message.content)).toEqual(['one', 'two']);
    const seen = new Map<number, string>();
    for await (const chunk of await client.chat.completions.create({
      model: 'test/choices',
      messages,
      n: 2,
      stream: true,
    })) {
      for (const { index, delta } of chunk.choices)
        seen.set(index, (seen.get(index) ?? '') + (delta.content ?? ''));
    }
    expect([...seen.values()]).toEqual(['one', 'two']);
    const weighed = await client.chat.completions.create({
      model: 'test/weighed',
      messages,
      logprobs: true,
      top_logprobs: 1,
    });
    expect(weighed.choices[0]?.logprobs?.content?.map(({ token }) => token)).toEqual(['Yes', '.']);
  });

  test('a picture reaches the model as it was sent', async () => {
    const content = [
      { type: 'text' as const, text: 'What is it?' },
      {
        type: 'image_url' as const,
        image_url: { url: 'data:image/png;base64,aGk=', detail: 'low' as const },
      },
    ];
    await client.chat.completions.create({ model: 'test/good', messages: [{ role: 'user', content }] });
    expect(sent('good')?.['messages']).toEqual([{ role: 'user', content }]);
  });
});

describe('completions', () => {
  const prompt = 'Say that all is well.';

  test('a prompt is answered as a completion, with its usage', async () => {
    const completion = await client.completions.create({
      model: 'test/good',
      prompt,
      max_tokens: 9,
      stop: '\n',
    });
    expect(completion).toMatchObject({
      object: 'text_completion',
      model: 'test/good',
      choices: [{ text: 'All is well here.', index: 0, finish_reason: 'stop', logprobs: null }],
      usage: { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 },
    });
    expect(sent('good')).toMatchObject({
      messages: [{ role: 'user', content: prompt }],
      max_tokens: 9,
      stop: '\n',
    });
  });

  test('it is streamed, its usage only where it was asked for', async () => {
    for (const include_usage of [false, true]) {
      let text = '';
      let usage: unknown;
      const finishes: unknown[] = [];
      for await (const chunk of await client.completions.create({
        model: 'test/good',
        prompt: [prompt],
        echo: true,
        stream: true,
        stream_options: { include_usage },
      })) {
        text += chunk.choices[0]?.text ?? '';
        if (chunk.choices[0]?.finish_reason) finishes.push(chunk.choices[0].finish_reason);
        usage ??= chunk.usage;
      }
      expect(text).toBe(`${prompt}All is well here.`);
      expect(finishes).toEqual(['stop']);
      expect(usage != null).toBe(include_usage);
    }
  });

  test('several choices and log probabilities', async () => {
    const two = await client.completions.create({ model: 'test/choices', prompt, n: 2 });
    expect(two.choices.map(({ text, index }) => [index, text])).toEqual([
      [0, 'one'],
      [1, 'two'],
    ]);
    const weighed = await client.completions.create({ model: 'test/weighed', prompt, logprobs: 1 });
    expect(weighed.choices[0]?.logprobs).toEqual({
      tokens: ['Yes', '.'],
      token_logprobs: [-0.1, -0.2],
      top_logprobs: [{ Yes: -0.1 }, { '.': -0.2 }],
      text_offset: [0, 3],
    });
  });

  test.each([
    ['suffix', { suffix: 'x' }],
    ['best_of', { best_of: 3 }],
    ['prompt', { prompt: ['a', 'b'] }],
    ['prompt', { prompt: [1, 2] }],
    ['echo', { echo: true, logprobs: 1 }],
  ])('%s is refused by its name where it cannot be carried over', async (param, more) => {
    const error = await client.completions
      .create({ model: 'test/good', prompt, ...more })
      .catch((thrown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ param, code: 'request.unsupported' });
  });
});

describe('models', () => {
  test('are listed with what they cost', async () => {
    const list = await client.models.list();
    const good = list.data.find(({ id }) => id === 'test/good');
    expect(good).toMatchObject({
      object: 'model',
      owned_by: 'test',
      tier: 2,
      price_usd_per_million_tokens: { input: '1', output: '10' },
    });
    expect(await client.models.retrieve('test/good')).toEqual(good);
  });
});

describe('embeddings, moderations, rerank', () => {
  test('a model that does not serve them is a clear 404', async () => {
    const ask = client.embeddings.create({ model: 'test/good', input: 'a text' });
    const error = await ask.catch((thrown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect(error).toMatchObject({ code: 'model_not_found', param: 'model' });
    expect(error.message).toContain('embeddings');
    await expect(client.moderations.create({ input: 'a text' })).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
    const rerank = client.post('/rerank', {
      body: { model: 'test/good', query: 'q', documents: ['a', 'b'] },
    });
    await expect(rerank).rejects.toMatchObject({ status: 404, message: expect.stringContaining('rerank') });
  });
});

describe('errors, retries, aborts', () => {
  test.each([
    ['a wrong key', 'test/good', 'wrong-key-0123456789', OpenAI.AuthenticationError, 'invalid_api_key'],
    ['an unknown model', 'test/none', testAdminKey, OpenAI.NotFoundError, 'model_not_found'],
    ['a rate limit', 'test/limited', testAdminKey, OpenAI.RateLimitError, 'rate_limit_exceeded'],
    ['a failing provider', 'test/broken', testAdminKey, OpenAI.InternalServerError, 'provider.error'],
  ])('%s is the error that the client knows', async (_what, model, apiKey, kind, code) => {
    const one = new OpenAI({ apiKey, baseURL: `${running.url}/v1`, maxRetries: 0 });
    const error = await one.chat.completions.create({ model, messages }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(kind);
    expect(error.code).toBe(code);
    expect(error.requestID).toMatch(/^req_/);
  });

  test('the client retries where it is told that it helps', async () => {
    const retrying = new OpenAI({ apiKey: testAdminKey, baseURL: `${running.url}/v1`, maxRetries: 2 });
    const completion = await retrying.chat.completions.create({ model: 'test/flaky', messages });
    expect(completion.choices[0]?.message.content).toBe('Back again.');
  });

  test.each([
    ['stop', { stop: 7 }],
    ['tools[0].type', { tools: [{}] }],
    ['response_format.type', { response_format: {} }],
    ['n', { n: 0 }],
    ['logprobs', { logprobs: 'yes' }],
  ])('a wrong %s is named', async (param, more) => {
    const response = await running.fetch('/v1/chat/completions', {
      method: 'POST',
      body: { model: 'test/good', messages, ...more },
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param, type: 'invalid_request_error' } });
  });

  test('a caller who leaves aborts the provider', async () => {
    const stream = client.chat.completions.stream({ model: 'test/endless', messages, user: 'leaver' });
    stream.on('content', () => stream.abort());
    await expect(stream.done()).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    const { data } = await running.eventually<{ data: { outcome: string }[] }>(
      '/api/v1/invocations?user=leaver',
      (body) => body.data.length === 1,
    );
    expect(data[0]?.outcome).toBe('aborted');
  });

  test.each([
    '/images/generations',
    '/audio/speech',
    '/files',
    '/batches',
    '/fine_tuning/jobs',
    '/assistants',
    '/threads',
    '/vector_stores',
    '/uploads',
    '/realtime/sessions',
  ])('%s is a 404 that says that it is not offered', async (path) => {
    const error = await client.post(path, { body: {} }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/not offered by Daybook/),
      requestID: expect.stringMatching(/^req_/),
    });
  });
});

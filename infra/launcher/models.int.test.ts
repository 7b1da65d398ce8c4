import { describe, expect, test } from 'vitest';
import type { ModelFacts, Provider } from '../../bounded-contexts/inference/index.ts';
import { parseEnvironment } from '../../schemas/config/environment.ts';
import { parseFileConfig } from '../../schemas/config/file.ts';
import type { Operation } from '../../schemas/primitives.ts';
import { openAiWire } from '../testing/upstream/openai.ts';
import { sendJson, wireServer } from '../testing/upstream/wire-server.ts';
import { listedModel } from './list-prices.ts';
import { discoveredModel, operationsOf } from './model-of.ts';
import { modelsOf } from './models.ts';
import { providersOf } from './presets.ts';

const presets = (env: Record<string, string>) => providersOf(parseEnvironment(env));

/** As much of a provider as a model is made from. */
const serving = (...serves: Operation[]): Provider => ({
  id: 'p',
  serves: new Set(serves),
  complete: () => Promise.reject(new Error('not called')),
  stream() {
    throw new Error('not called');
  },
  models: async () => [],
  close: async () => {},
});

describe('providers that the environment alone names', () => {
  test.each([
    [{ OPENAI_API_KEY: 'k' }, { kind: 'openai', tier: 3, baseUrl: 'https://api.openai.com/v1', apiKey: 'k' }],
    [{ OPENAI_BASE_URL: 'http://gpu:8000/v1' }, { kind: 'openai-compatible', baseUrl: 'http://gpu:8000/v1' }],
    [
      { ANTHROPIC_API_KEY: 'k' },
      { kind: 'anthropic', tier: 3, baseUrl: 'https://api.anthropic.com', apiKey: 'k' },
    ],
    [{ ANTHROPIC_BASE_URL: 'http://proxy:1' }, { kind: 'anthropic', baseUrl: 'http://proxy:1' }],
    [{ FIREWORKS_API_KEY: 'k' }, { id: 'fireworks', tier: 1 }],
    [{ TOGETHER_API_KEY: 'k' }, { id: 'together', tier: 1 }],
    [{ OLLAMA_HOST: 'gpu' }, { kind: 'ollama', tier: 0, baseUrl: 'http://gpu:11434' }],
    [{ OLLAMA_HOST: '0.0.0.0:1234' }, { kind: 'ollama', baseUrl: 'http://127.0.0.1:1234' }],
    [{ OLLAMA_HOST: 'https://ollama.example' }, { kind: 'ollama', baseUrl: 'https://ollama.example' }],
    [
      { JAN_URL: 'http://127.0.0.1:1337' },
      { kind: 'openai-compatible', tier: 0, baseUrl: 'http://127.0.0.1:1337/v1' },
    ],
  ])('%j', (env, expected) => {
    expect(presets(env)).toMatchObject([{ discover: true, ...expected }]);
  });

  test('none where nothing is set', () => {
    expect(presets({})).toEqual([]);
  });
});

describe('what is published of a model', () => {
  const config = (more: object) =>
    parseFileConfig({ providers: [{ id: 'p', kind: 'openai', baseUrl: 'https://x.example', ...more }] }, {})
      .providers[0] ?? expect.fail('no provider');

  test('a dated snapshot has the price of its name', () => {
    expect(listedModel('openai', 'gpt-4o-mini-2024-07-18')).toBe(listedModel('openai', 'gpt-4o-mini'));
    expect(listedModel('anthropic', 'claude-haiku-4-5-20251001')?.price).toMatchObject({
      input: '1',
      output: '5',
    });
    expect(listedModel('openai', 'constructor')).toBeUndefined();
  });

  test('price, tier, lengths and abilities come from the list, and what the provider says goes before it', () => {
    const facts: ModelFacts = { name: 'gpt-5-mini', contextTokens: 1_000 };
    expect(discoveredModel(facts, config({ tier: 3 }), serving('chat'))).toMatchObject({
      tier: 2,
      contextTokens: 1_000,
      maxOutputTokens: 128_000,
      price: { input: 250_000_000n, cachedInput: 25_000_000n, output: 2_000_000_000n },
      capabilities: new Set(['tools', 'vision', 'json', 'choices']),
    });
  });

  test('a model is asked for no more than its list price holds for', () => {
    const claude = config({ kind: 'anthropic' });
    const facts: ModelFacts = { name: 'claude-haiku-5-5', contextTokens: 1_000_000 };
    expect(discoveredModel(facts, claude, serving('chat')).contextTokens).toBe(228_000);
    const priced = config({ kind: 'anthropic', price: { input: '0.5', output: '2.5' } });
    expect(discoveredModel(facts, priced, serving('chat')).contextTokens).toBe(1_000_000);
  });

  test('what no list prices is charged cautiously, never at nothing', () => {
    expect(discoveredModel({ name: 'new' }, config({}), serving('chat')).price).toMatchObject({
      input: 10_000_000_000n,
      output: 40_000_000_000n,
    });
  });

  test('a vision model of Ollama is tier 2, any other tier 0', () => {
    const local = config({ kind: 'ollama', tier: 0 });
    const tierOf = (capabilities: ModelFacts['capabilities']) =>
      discoveredModel({ name: 'm', capabilities }, local, serving('chat')).tier;
    expect([tierOf(new Set(['vision'])), tierOf(new Set(['tools'])), tierOf(undefined)]).toEqual([2, 0, 0]);
  });
});

describe('what can be asked of a model', () => {
  test('what its provider speaks natively, as far as the model is for it', () => {
    const openAi = serving('chat', 'completions', 'responses', 'embeddings', 'moderations');
    expect([...operationsOf(openAi, ['embeddings'])]).toEqual(['embeddings']);
    const chat = operationsOf(openAi, ['chat']);
    expect(chat.has('chat') && chat.has('responses')).toBe(true);
    expect(chat.has('embeddings') || chat.has('moderations')).toBe(false);
    expect([...operationsOf(serving('embeddings'))]).toEqual(['embeddings']);
  });
});

test('whoever starts Daybook is told how many models have no known price', async () => {
  const server = await wireServer((call) =>
    sendJson(call, 200, openAiWire.aside(call.path, ['one', 'two', 'priced']) ?? '{}'),
  );
  const file = parseFileConfig(
    {
      providers: [{ id: 'p', kind: 'openai-compatible', baseUrl: `${server.url}/v1`, discover: true }],
      models: [{ name: 'priced', provider: 'p', price: { input: '1', output: '2' } }],
    },
    {},
  );
  const models = modelsOf(
    parseEnvironment({}),
    file,
    () => 0,
    (_id, error) => expect.fail(String(error)),
  );
  try {
    expect(models.notices()).toEqual([]);
    await models.discover();
    expect(models.notices()).toEqual([
      expect.stringMatching(/^2 models of p have no known price and are charged at 10 and 40 US dollars/),
    ]);
    expect([...models.catalogue().models.keys()]).toEqual([
      'p/priced',
      'p/one',
      'p/two',
      'builtin/extractive',
      'builtin/hash',
    ]);
  } finally {
    await models.close();
    await server.stop();
  }
});

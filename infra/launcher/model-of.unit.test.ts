import { expect, test } from 'vitest';
import type { Provider } from '../../bounded-contexts/inference/index.ts';
import { fileSchema } from '../../schemas/config/file.ts';
import type { Operation } from '../../schemas/primitives.ts';
import { configuredModel, discoveredModel, isLocalAddress, operationsOf } from './model-of.ts';

const provider = (...serves: Operation[]): Provider => ({
  id: 'p',
  serves: new Set(serves),
  complete: () => Promise.reject(new Error('not asked')),
  async *stream() {},
  models: async () => [],
  close: async () => {},
});
const config = fileSchema.parse({
  providers: [
    { id: 'p', kind: 'openai', baseUrl: 'https://api.example.com/v1', price: { input: '1', output: '2' } },
  ],
  models: [
    {
      name: 'dated',
      provider: 'p',
      price: { input: '1', output: '2' },
      prices: [{ from: '2026-12-01', input: '3', output: '4' }],
    },
  ],
});
const [p] = config.providers;
const [dated] = config.models;
if (!p || !dated) throw new Error('the configuration above has both');

test('a chat model of a provider that speaks completions is asked for them as a chat', () => {
  const speaks = provider('chat', 'completions', 'responses', 'embeddings');
  const chat = discoveredModel({ name: 'talks', operations: new Set(['chat']) }, p, speaks);
  expect([...chat.operations].sort()).toEqual(['chat', 'completions', 'messages', 'responses']);
  expect([...(chat.overChat ?? [])]).toEqual(['completions']);
});

test('a model that is for embeddings is asked for nothing else', () => {
  const embeds = discoveredModel(
    { name: 'embeds', operations: new Set(['embeddings']) },
    p,
    provider('chat', 'embeddings'),
  );
  expect([...embeds.operations]).toEqual(['embeddings']);
});

test('a provider that speaks chat is asked in every dialect that a chat can carry', () => {
  expect([...operationsOf(provider('chat'))].sort()).toEqual([
    'chat',
    'completions',
    'messages',
    'responses',
  ]);
});

test('a price is in force from the beginning of its day, in UTC', () => {
  const at = (time: string) =>
    configuredModel(dated, p, provider('chat'), undefined, Date.parse(time)).price.output;
  expect(at('2026-11-30T23:59:59Z')).toBe(2_000_000_000n);
  expect(at('2026-12-01T00:00:00Z')).toBe(4_000_000_000n);
});

test.each([
  ['http://127.0.0.1:1/v1', true],
  ['http://[::1]:11434', true],
  ['http://10.1.2.3', true],
  ['http://172.31.0.9/v1', true],
  ['http://gpu-box:8000/v1', true],
  ['http://llm.lan', true],
  ['https://api.openai.com/v1', false],
  ['http://172.32.0.9/v1', false],
  ['http://11.0.0.1', false],
  ['http://127.0.0.1.example.com', false],
])('%s is local: %s', (url, local) => {
  expect(isLocalAddress(url)).toBe(local);
});

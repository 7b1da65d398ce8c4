import fc from 'fast-check';
import { expect, test } from 'vitest';
import { callOf, jsonIn } from '../testing/calls.ts';
import { hashEmbedding } from './hash.ts';
import { builtin } from './index.ts';

const similarity = (one: string, other: string): number => {
  const a = hashEmbedding(one, 256);
  const b = hashEmbedding(other, 256);
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
};

test('an embedding has length 1, whatever the text and the dimensions; of no words it is nothing', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.integer({ min: 1, max: 600 }), (text, dimensions) => {
      const vector = hashEmbedding(text, dimensions);
      expect(vector).toHaveLength(dimensions);
      const length = Math.hypot(...vector);
      expect(length < 1e-9 || Math.abs(length - 1) < 1e-9).toBe(true);
    }),
  );
  expect(Math.hypot(...hashEmbedding(' … ', 16))).toBe(0);
  expect(Math.hypot(...hashEmbedding('To be or not to be', 16))).toBeCloseTo(1);
});

test('texts that share words and stems are nearer to each other than those that do not', () => {
  const asked = 'How do I cancel my subscription?';
  expect(similarity(asked, 'Cancelling a subscription')).toBeGreaterThan(0.25);
  expect(similarity(asked, 'Cancelling a subscription')).toBeGreaterThan(
    similarity(asked, 'The weather in Lisbon is mild') + 0.2,
  );
  expect(similarity('São João', 'SÃO JOÃO')).toBeCloseTo(1);
  expect(similarity('Tenho reclamações', 'reclamacoes')).toBeGreaterThan(0.25);
});

test('the embedding of a text is the same for ever', () => {
  const [first = 0, ...rest] = hashEmbedding('vectors that stay as they are', 4);
  expect([first, ...rest].map((value) => value.toFixed(6))).toMatchInlineSnapshot(`
    [
      "-0.126367",
      "0.000000",
      "0.263007",
      "0.956482",
    ]
  `);
});

test('as the embeddings API has it: dimensions and base64', async () => {
  const provider = builtin(() => 0);
  const reply = await provider.complete(
    callOf('embeddings', { input: ['one text', 'another'], dimensions: 8, encoding_format: 'base64' }),
  );
  const { data, usage } = jsonIn(reply) as { data: { embedding: string }[]; usage: object };
  expect(data.map(({ embedding }) => Buffer.from(embedding, 'base64').length)).toEqual([32, 32]);
  expect(usage).toEqual({ prompt_tokens: 3, total_tokens: 3 });
  expect(reply.usage).toMatchObject({ input: 3, output: 0 });
});

import { expect, test } from 'vitest';
import { chunk } from '../chunking/index.ts';
import { situate } from './situate.ts';
import { decodeIndex, encodeIndex } from './stored-index.ts';

const text = Array.from(
  { length: 60 },
  (_, n) => `In year ${n} the company grew again, and paid its debts.`,
).join('\n\n');
const chunks = chunk(
  { type: 'text', text, pages: [], blocks: [], language: 'en', notes: [] },
  { size: 64, overlap: 0 },
);
const of = { tenant: 't', department: 'd' };

test('each chunk gets what the model says of it, from its own surroundings, and stays a slice of the text', async () => {
  let atOnce = 0;
  let most = 0;
  const situated = await situate(
    {
      async situate(_, { title, before, chunk: own, after }) {
        most = Math.max(most, ++atOnce);
        await new Promise((resolve) => setTimeout(resolve, 1));
        atOnce--;
        expect(text).toContain(before + own + after);
        return `<think>hm</think>Context: ${title} says that\n${own.slice(0, 10)}.`;
      },
    },
    of,
    { text, title: 'Report' },
    chunks,
  );
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(4);
  expect(situated.map(({ context, ...rest }) => rest)).toEqual(chunks);
  for (const one of situated) expect(one.context).toBe(`Report says that ${one.text.slice(0, 10)}.`);
});

test('a reply that says nothing gives none, and a long one is cut at a sentence', async () => {
  const replies = ['', '  <think>only thoughts</think> ', `${'A sentence of some length here. '.repeat(30)}`];
  const situated = await situate(
    { situate: async () => replies.shift() ?? 'x' },
    of,
    { text },
    chunks.slice(0, 3),
  );
  expect(situated.slice(0, 2).map(({ context }) => context)).toEqual([undefined, undefined]);
  expect(situated[2]?.context?.length).toBeLessThanOrEqual(400);
  expect(situated[2]?.context?.endsWith('here.')).toBe(true);
});

test('an index is stored with its contexts and vectors, and read again as it was', () => {
  const stored = {
    model: 'm',
    dimensions: 2,
    chunks: chunks.slice(0, 2).map(({ text: _, ...rest }) => ({ ...rest, context: 'é “so”' })),
    vectors: Float32Array.of(0.5, -1, 3, 0.25),
  };
  expect(decodeIndex(encodeIndex(stored))).toEqual(stored);
  expect(() => decodeIndex(encodeIndex(stored).subarray(0, -1))).toThrow(
    expect.objectContaining({ code: 'blobs.unavailable' }),
  );
});

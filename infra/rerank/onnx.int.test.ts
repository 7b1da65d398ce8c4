import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testFolder } from '../testing/index.ts';
import { onnxReranker } from './index.ts';

test('without the package, or without a model, reranking says that it is not there, and what to do', async () => {
  const empty = onnxReranker({ folder: testFolder() });
  await expect(empty.rerank('q', ['a'])).rejects.toMatchObject({
    code: 'rerank.unavailable',
    message: expect.stringContaining('config.json'),
  });
  expect(await empty.rerank('q', [])).toEqual([]);
  await empty.close();
  const folder = testFolder();
  writeFileSync(join(folder, 'config.json'), '{}');
  const absent = onnxReranker({ folder, transformers: '@huggingface/not-installed' });
  await expect(absent.rerank('q', ['a'])).rejects.toMatchObject({
    code: 'rerank.unavailable',
    message: expect.stringContaining('@huggingface/transformers'),
  });
  await absent.close();
});

const [model, transformers] = [process.env['DAYBOOK_RERANKER'], process.env['DAYBOOK_TRANSFORMERS']];

/** Runs where somebody has installed both; the model must be a cross-encoder for questions in English. */
if (model)
  test('a local cross-encoder puts the text that answers first', async () => {
    const reranker = onnxReranker({ folder: model, batch: 2, ...(transformers ? { transformers } : {}) });
    const scores = await reranker.rerank('How many people live in Berlin?', [
      'New York City is famous for its museums.',
      'Berlin had a population of 3,520,031 registered inhabitants.',
      'Dogs are animals.',
    ]);
    expect(scores).toHaveLength(3);
    expect(scores.indexOf(Math.max(...scores))).toBe(1);
    await reranker.close();
  });

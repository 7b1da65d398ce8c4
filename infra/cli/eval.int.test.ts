import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandLine } from '../testing/command-line.ts';
import { testFolder } from '../testing/index.ts';

test('eval retrieval says how each mode does on a folder of judgements, without a server, and refuses what is none', async () => {
  const folder = testFolder();
  mkdirSync(join(folder, 'qrels'));
  writeFileSync(
    join(folder, 'corpus.jsonl'),
    '{"_id":"a","title":"Entrega","text":"O prazo é de cinco dias úteis."}\n{"_id":"b","text":"A garantia não cobre baterias."}\n',
  );
  writeFileSync(join(folder, 'queries.jsonl'), '{"_id":"q","text":"As baterias têm garantia?"}\n');
  writeFileSync(join(folder, 'qrels/test.tsv'), 'query-id\tcorpus-id\tscore\nq\tb\t1\n');
  const asked = ['eval', 'retrieval', '--collection', folder, '--k', '5'];
  const all = JSON.parse(await commandLine(folder, 'embedded', ...asked));
  expect(all).toMatchObject({ layout: 'beir', documents: 2, queries: 1, k: 5, embedding: 'builtin/hash' });
  expect(all.modes.map((one: { mode: string; ndcg10: number }) => [one.mode, one.ndcg10])).toEqual([
    ['keyword', 1],
    ['dense', 1],
    ['hybrid', 1],
    ['rrf', 1],
  ]);
  expect(all.comparisons).toHaveLength(6);
  const two = JSON.parse(await commandLine(folder, 'embedded', ...asked, '--mode', 'keyword', 'hybrid'));
  expect(two.comparisons).toEqual([{ mode: 'hybrid', than: 'keyword', mean: 0, low: 0, high: 0 }]);
  await expect(commandLine(folder, 'embedded', ...asked, '--mode', 'magic')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--mode'),
  });
  const elsewhere = ['eval', 'retrieval', '--collection', join(folder, 'qrels')];
  await expect(commandLine(folder, 'embedded', ...elsewhere)).rejects.toMatchObject({ code: 2 });
});

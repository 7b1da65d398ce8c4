import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sharedData } from '../../../infra/testing/data.ts';
import { type File, type KnowledgeDaybook, knowledgeDaybook } from '../testing/knowledge.ts';

const folder = sharedData('documents');
/** The shared PDFs and Word files where they are there; else a few small files of our own. */
const files: File[] =
  folder === undefined
    ? [
        { name: 'note.md', bytes: '# Trees\n\nA trace tree holds the compiled code of a hot loop.\n' },
        { name: 'empty.txt', bytes: '' },
        { name: 'broken.pdf', bytes: '%PDF-1.4\n1 0 obj\n<<' },
        { name: 'broken.docx', bytes: new Uint8Array([0x50, 0x4b, 3, 4, 0, 0]) },
      ]
    : readdirSync(folder).map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(folder, name))) }));

const refusals =
  folder === undefined
    ? {
        'empty.txt': 'document.empty',
        'broken.pdf': 'document.unreadable',
        'broken.docx': 'document.unreadable',
      }
    : {
        'bug1782186.pdf': 'document.encrypted',
        'pr6531_1.pdf': 'document.encrypted',
        'empty.docx': 'document.empty',
        'empty.pdf': 'document.empty',
        'poppler-742-0-fuzzed.pdf': 'document.unreadable',
      };

let daybook: KnowledgeDaybook;
beforeAll(async () => {
  daybook = await knowledgeDaybook();
  await daybook.department('archive');
});
afterAll(() => daybook?.stop());

test('every document is indexed, or refused with its reason; what is indexed is found and quoted', async () => {
  const documents = await daybook.upload('archive', files);
  expect(documents.map(({ name }) => name).toSorted()).toEqual(files.map(({ name }) => name).toSorted());
  const indexed = documents.filter(({ status }) => status === 'indexed');
  const refused = documents.filter(({ status }) => status === 'failed');
  const reasons = refused.map(({ name, failure }) => [name ?? '', failure?.code]);
  expect(Object.fromEntries(reasons)).toEqual(refusals);
  expect(indexed).toHaveLength(files.length - refused.length);
  for (const { failure, liveRevision } of refused) {
    expect(failure?.reason).toMatch(/^[A-Z].{15,}\.$/);
    expect(liveRevision).toBeNull();
  }
  for (const { document, chars } of indexed)
    expect((await daybook.text('archive', document)).length).toBe(chars);

  const answer = await daybook.ask('What is a trace tree?', { departments: ['archive'] });
  expect(answer.text).toMatch(/trace tree/i);
  for (const { document, start, end, quote } of answer.citations)
    expect((await daybook.text('archive', document)).slice(start, end)).toBe(quote);
  expect(answer.citations.length).toBeGreaterThan(0);
}, 90_000);

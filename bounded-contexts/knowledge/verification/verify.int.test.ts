import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { localBlobs } from '../../../infra/blobs/index.ts';
import { simulatedServer } from '../../../infra/event-log/index.ts';
import { memoryVault } from '../../../infra/testing/memory-vault.ts';
import type { DaybookEvent, EventData } from '../../../schemas/events/index.ts';
import { subjectOf, uuidv7 } from '../../kernel/index.ts';
import { quoteHash, verifyCitations } from '../index.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const tenant = 'acme';
const text = 'Refunds are paid within 14 days. 😀 Shipping is not refunded.';

/** A log, blobs and what puts documents and answers into them. */
async function world() {
  const log = simulatedServer().connect();
  const directory = mkdtempSync(join(tmpdir(), 'daybook-verify-'));
  folders.push(directory);
  const vault = memoryVault();
  const blobs = localBlobs({ directory, vault, naming: randomBytes(32) });
  const say = (subject: ReturnType<typeof subjectOf>, event: DaybookEvent, at: number) =>
    log.append(subject, { id: uuidv7(), at, actor: 'test', events: [event] }, 'any');
  const keep = async (department: string, content: string) => {
    async function* bytes() {
      yield Buffer.from(content);
    }
    return (await blobs.put({ tenant, owner: department }, bytes())).blob;
  };
  return {
    log,
    blobs,
    vault,
    directory,
    async document(document: string, revision: number, content: string, department = 'd_sales') {
      const subject = subjectOf(tenant, 'document', document);
      const blob = await keep(department, content);
      const uploaded: EventData<'document.uploaded'> = {
        ...{ document, revision, department, blob, bytes: 1, details: 'x', settings: {} },
        ...{ tags: [], privacy: 'internal', date: null },
      };
      await say(subject, { type: 'document.uploaded', data: uploaded }, 1);
      const extracted: EventData<'document.extracted'> = {
        ...{ document, revision, text: blob, canonicalVersion: 1, chars: content.length, pages: 0 },
        ...{ type: 'text', language: 'en', notes: [] },
      };
      await say(subject, { type: 'document.extracted', data: extracted }, 1);
      return blob;
    },
    async readAnew(document: string, revision: number, content: string) {
      const data: EventData<'document.extracted'> = {
        ...{ document, revision, text: await keep('d_sales', content), canonicalVersion: 1 },
        ...{ chars: content.length, pages: 0, type: 'text', language: 'en', notes: [] },
      };
      await say(subjectOf(tenant, 'document', document), { type: 'document.extracted', data }, 2);
    },
    async answer(
      query: string,
      citations: readonly { document: string; revision: number; start: number; end: number; quote: string }[],
      at = 5,
      departments = ['d_sales'],
    ) {
      const data: EventData<'query.answered'> = {
        ...{ query, departments, key: 'k', dataSubject: 'tenant', question: 'q', answer: 'a' },
        ...{ outcome: 'answered', language: 'en', mode: 'hybrid', k: 8, model: null, embeddingModel: 'e' },
        ...{ invocations: [], versions: { prompt: '1', retrieval: '1', guard: '1' }, retrieved: [] },
        citations: citations.map((one) => ({ ...one, quote: quoteHash(one.quote) })),
        ...{ claims: { supported: 1, contradicted: 0, notFound: 0 }, dropped: 0, confidence: 1 },
        ...{ confidenceModel: 'prior', features: {}, guard: [], reasons: [] },
      };
      await say(subjectOf(tenant, 'queries'), { type: 'query.answered', data }, at);
    },
  };
}

const of = (content: string, quote: string) => {
  const start = content.indexOf(quote);
  return { start, end: start + quote.length, quote };
};

test('citations hold: also of old revisions, of texts read anew, and of documents that are deleted', async () => {
  const { document, readAnew, answer, ...ports } = await world();
  await document('doc_a', 1, text);
  await answer('q_1', [{ document: 'doc_a', revision: 1, ...of(text, '14 days') }]);
  await document('doc_a', 2, 'Refunds are paid within 30 days.');
  await readAnew('doc_a', 1, `A new reader's heading\n\n${text}`);
  await answer('q_2', [
    { document: 'doc_a', revision: 1, ...of(text, '😀 Shipping is not refunded.') },
    { document: 'doc_a', revision: 2, ...of('Refunds are paid within 30 days.', '30 days') },
  ]);
  expect(await verifyCitations(ports)).toEqual({
    answers: 2,
    citations: 3,
    holding: 3,
    redacted: 0,
    faults: [],
  });
});

test('each citation that does not hold is named, with its reason', async () => {
  const { document, answer, vault, directory, ...ports } = await world();
  await document('doc_a', 1, text);
  await document('doc_b', 1, 'Salaries.', 'd_people');
  const right = of(text, '14 days');
  await answer('q_old', [{ document: 'doc_a', revision: 1, ...right, quote: '15 days' }], 3);
  await answer('q_1', [
    { document: 'doc_a', revision: 1, ...right },
    { document: 'doc_a', revision: 1, ...right, quote: '15 days' },
    { document: 'doc_a', revision: 1, ...right, start: right.start + 1 },
    { document: 'doc_a', revision: 1, ...right, end: text.length + 1 },
    { document: 'doc_a', revision: 2, ...right },
    { document: 'doc_none', revision: 1, ...right },
    { document: 'doc_b', revision: 1, ...of('Salaries.', 'Salaries') },
  ]);
  const { faults, ...counts } = await verifyCitations(ports, { since: 4 });
  expect(counts).toEqual({ answers: 1, citations: 7, holding: 1, redacted: 0 });
  expect(faults.map(({ citation, reason }) => [citation, reason])).toEqual([
    [1, 'not what the text says'],
    [2, 'not what the text says'],
    [3, 'outside the text'],
    [4, 'no such revision'],
    [5, 'no such revision'],
    [6, 'of a department that was not asked'],
  ]);
  expect((await verifyCitations(ports)).faults).toHaveLength(7);
});

test('a text that is gone, damaged or redacted is told apart', async () => {
  const { document, answer, vault, directory, blobs, log } = await world();
  const gone = await document('doc_gone', 1, 'This is gone.');
  const damaged = await document('doc_damaged', 1, 'This is damaged.');
  await document('doc_erased', 1, 'This is erased.', 'd_erased');
  for (const document of ['doc_gone', 'doc_damaged', 'doc_erased'])
    await answer(`q_${document}`, [{ document, revision: 1, start: 0, end: 4, quote: 'This' }], 5, [
      'd_sales',
      'd_erased',
    ]);
  await blobs.remove({ tenant, owner: 'd_sales' }, gone);
  const file = join(directory, tenant, damaged.slice(0, 2), damaged);
  expect(readdirSync(join(file, '..'))).toContain(damaged);
  writeFileSync(file, 'something else');
  vault.forget(tenant, 'd_erased');
  const { faults, ...counts } = await verifyCitations({ log, blobs });
  expect(counts).toEqual({ answers: 3, citations: 3, holding: 0, redacted: 1 });
  expect(faults.map(({ query, reason }) => [query, reason])).toEqual([
    ['q_doc_gone', 'its text is gone'],
    ['q_doc_damaged', 'its text is damaged'],
  ]);
});

test('an empty log has nothing to verify', async () => {
  const { log, blobs } = await world();
  expect((await verifyCitations({ log, blobs })).answers).toBe(0);
});

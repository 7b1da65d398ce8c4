import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { chunk, type Extracted } from '../../bounded-contexts/knowledge/index.ts';
import { isDaybookError } from '../../schemas/errors.ts';
import { sharedData } from '../testing/data.ts';
import { createExtractor, type ExtractorOptions } from './index.ts';
import { docxOf, pdfOf, pictureOf, pngOf, textAt, wordParagraph } from './testing/index.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'daybook-extraction-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function fileOf(name: string, content: string | Uint8Array): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

const extract = (path: string, options: ExtractorOptions = {}, settings = {}): Promise<Extracted> =>
  createExtractor(options).extract({ path, name: basename(path) }, settings);

/** `type characters pages` of what was read, or the code that it was refused with. */
async function outcomeOf(path: string): Promise<string> {
  try {
    const { type, text, pages } = await extract(path);
    return `${type}, ${text.length} characters${pages.length > 0 ? `, ${pages.length} pages` : ''}`;
  } catch (error) {
    if (isDaybookError(error)) return error.code;
    throw error;
  }
}

const shared = sharedData('documents');

test(`every document of ${shared ? 'the shared set' : 'a small set of our own'} is read, or refused with its reason`, async () => {
  const [folder, expected] = shared ? [shared, ofTheSharedSet] : [dir, ofOurOwn()];
  const names = shared ? readdirSync(shared) : Object.keys(expected);
  const outcomes = await Promise.all(names.map(async (name) => [name, await outcomeOf(join(folder, name))]));
  expect(Object.fromEntries(outcomes)).toEqual(expected);
});

const ofTheSharedSet: Readonly<Record<string, string>> = {
  'TAMReview.pdf': 'pdf, 9423 characters, 23 pages',
  'basicapi.pdf': 'pdf, 146 characters, 3 pages',
  'bug1782186.pdf': 'document.encrypted',
  'comments.docx': 'docx, 80 characters',
  'empty.docx': 'document.empty',
  'empty.pdf': 'document.empty',
  'endnotes.docx': 'docx, 54 characters',
  'footnotes.docx': 'docx, 54 characters',
  'poppler-742-0-fuzzed.pdf': 'document.unreadable',
  'pr6531_1.pdf': 'document.encrypted',
  'rotation.pdf': 'pdf, 154 characters, 2 pages',
  'simple-list.docx': 'docx, 16 characters',
  'strict-format.docx': 'docx, 4 characters',
  'tables.docx': 'docx, 61 characters',
  'text-box.docx': 'docx, 11 characters',
  'tracemonkey.pdf': 'pdf, 82822 characters, 14 pages',
  'utf8-bom.docx': 'docx, 31 characters',
};

function ofOurOwn(): Record<string, string> {
  fileOf('page.pdf', pdfOf([{ content: textAt(50, 700, 'Hello') }, { content: textAt(50, 700, 'World') }]));
  fileOf('word.docx', docxOf(wordParagraph('Hello')));
  fileOf('empty.docx', docxOf(''));
  fileOf('empty.pdf', pdfOf([{ content: '' }]));
  fileOf('broken.pdf', '%PDF-1.4 and no more');
  return {
    'page.pdf': 'pdf, 12 characters, 2 pages',
    'word.docx': 'docx, 5 characters',
    'empty.docx': 'document.empty',
    'empty.pdf': 'document.empty',
    'broken.pdf': 'document.unreadable',
  };
}

test('a table of reviews is read whole: each with words is a row with its fields, and a chunk', async () => {
  const folder = sharedData('olist');
  const ours = Array.from(
    { length: 500 },
    (_, index) => `${index},${index % 2 ? `"Bom, ${index}\nlinha"` : ''}\n`,
  ).join('');
  const path = folder
    ? join(folder, 'olist_order_reviews_dataset.csv')
    : fileOf('reviews.csv', `review_score,review_comment_message\n${ours}`);
  const settings = { rows: { template: '{review_comment_message}', columns: ['review_score'] } };
  const extracted = await extract(path, {}, settings);
  const chunks = chunk(extracted);
  expect(extracted.language).toBe(folder ? 'pt' : 'und');
  expect(chunks).toHaveLength(folder ? 4_109 : 250);
  for (const { text, fields } of chunks) {
    expect(text.trim()).not.toBe('');
    expect(fields?.['review_score']).toMatch(/^\d+$/);
  }
});

test('a hundred thousand rows are read', async () => {
  const rows = Array.from({ length: 100_000 }, (_, index) => `${index},name ${index},"a ""quoted"", value"`);
  const { blocks, type } = await extract(fileOf('rows.csv', `id,name,value\n${rows.join('\n')}\n`));
  expect(type).toBe('csv');
  expect(blocks.filter(({ kind }) => kind === 'row')).toHaveLength(100_000);
  expect(blocks.at(-1)?.fields).toEqual({ id: '99999', name: 'name 99999', value: 'a "quoted", value' });
}, 60_000);

/** Strings that are never closed, each inside the one before: a parser looks for the end of each. */
const slow = 'r#"'.repeat(600_000);

test('a file that takes too long is refused at its time, and its caller is not held up meanwhile', async () => {
  let ticks = 0;
  const ticking = setInterval(() => ticks++, 10);
  const began = performance.now();
  await expect(extract(fileOf('slow.rs', slow), { timeoutMs: 1_500 })).rejects.toMatchObject({
    code: 'document.timed-out',
  });
  clearInterval(ticking);
  expect(performance.now() - began).toBeLessThan(4_000);
  expect(ticks).toBeGreaterThan(50);
});

test('a file that takes too much memory is refused, and the next is read', async () => {
  const extractor = createExtractor({ memoryMegabytes: 200, concurrency: 1 });
  const big = fileOf('big.json', `[${'[],'.repeat(8_000_000)}1]`);
  const refused = extractor.extract({ path: big, name: 'big.json' });
  const next = extractor.extract({ path: fileOf('next.txt', 'Next.'), name: 'next.txt' });
  await expect(refused).rejects.toMatchObject({ code: 'document.too-large' });
  expect((await next).text).toBe('Next.');
}, 60_000);

test('a file larger than is allowed is not even begun', async () => {
  await expect(extract(fileOf('large.txt', 'abc'), { maxFileBytes: 2 })).rejects.toMatchObject({
    code: 'document.too-large',
  });
});

/** Tesseract where it is installed, else a program that answers as it does. */
function tesseract(): string {
  const installed = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'tesseract'))
    .find((path) => existsSync(path));
  if (installed) return installed;
  const script = `#!/bin/sh
[ "$1 $2 $3" = "stdin stdout -l" ] || exit 64
case "$4" in eng|por+eng) ;; *) echo "Failed loading language '$4'" >&2; exit 1;; esac
cat > "$0.picture"
printf 'HELLO\\nTHERE\\n\\n'
`;
  const path = fileOf('tesseract', script);
  chmodSync(path, 0o755);
  return path;
}

test('the text of a picture is recognised, in the languages that are set', async () => {
  const path = fileOf('hello.png', pngOf(pictureOf('HELLO THERE')));
  const options = { tesseract: tesseract() };
  const { type, text, notes } = await extract(path, options, { ocr: { languages: ['eng'] } });
  expect(type).toBe('image');
  expect(text.replace(/\s+/g, ' ')).toBe('HELLO THERE');
  expect(notes).toEqual(['The text was read from a picture, and may have mistakes.']);
  const unknown = extract(path, options, { ocr: { languages: ['xyz'] } });
  await expect(unknown).rejects.toThrow('Tesseract has no data for xyz');
  await expect(extract(path, { tesseract: join(dir, 'none') })).rejects.toMatchObject({
    code: 'document.needs-ocr',
  });
});

test('scanned pages of a PDF are recognised where that is installed, and told of where it is not', async () => {
  const scan = 'q 500 0 0 100 50 500 cm /Im Do Q\n';
  const path = fileOf(
    'scan.pdf',
    pdfOf([{ content: textAt(50, 700, 'A page with text') }, { content: scan }], pictureOf('HELLO THERE')),
  );
  const read = await extract(path, { tesseract: tesseract() });
  expect(read.pages.map(({ start, end }) => read.text.slice(start, end).replace(/\s+/g, ' '))).toEqual([
    'A page with text',
    'HELLO THERE',
  ]);
  const without = await extract(path, { tesseract: join(dir, 'none') });
  expect(without.text).toBe('A page with text');
  expect(without.notes).toEqual(['Pages without text, since text recognition is not installed: 2.']);
  const all = fileOf('all.pdf', pdfOf([{ content: scan }], pictureOf('HELLO')));
  await expect(extract(all, { tesseract: join(dir, 'none') })).rejects.toMatchObject({
    code: 'document.needs-ocr',
  });
});

test('a reader ends soon after whoever started it, even in the middle of a loop', async () => {
  const file = fileOf('endless.rs', slow);
  const start = `const { createExtractor } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
    createExtractor({ timeoutMs: 1_000 }).extract({ path: ${JSON.stringify(file)}, name: 'x.rs' });
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 800);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', start], { stdio: 'ignore' });
  await once(parent, 'exit');
  expect(holdersOf(file)).toHaveLength(1);
  await vi.waitFor(() => expect(holdersOf(file)).toEqual([]), { timeout: 10_000, interval: 100 });
});

/** The processes that have a file open. */
function holdersOf(file: string): string[] {
  if (!existsSync('/proc'))
    return spawnSync('lsof', ['-t', file]).stdout.toString().split('\n').filter(Boolean);
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isOpenIn(pid, file));
}

function isOpenIn(pid: string, file: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === file);
  } catch {
    // It ended meanwhile.
    return false;
  }
}

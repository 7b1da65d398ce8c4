import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sharedData } from '../../../infra/testing/data.ts';
import { type KnowledgeDaybook, knowledgeDaybook } from '../testing/knowledge.ts';

const folder = sharedData('olist');
const columns = ['review_score', 'review_comment_title', 'review_comment_message'] as const;
type Row = Readonly<Record<(typeof columns)[number], string>>;

/** Invented reviews, in which some complaints come again and again. */
const own = (): string => {
  const bad = [
    'Ainda não recebi o produto',
    'O produto veio com defeito',
    'A entrega atrasou uma semana',
    'Comprei dois e recebi apenas um',
  ];
  const good = ['Chegou antes do prazo', 'Muito bom, recomendo', 'Adorei a loja'];
  const rows = Array.from({ length: 300 }, (_, n) =>
    n % 3 === 0
      ? `1,"Ruim","${bad[(n / 3) % 4]}, pedido ""${n}""."`
      : `5,"Bom","${good[n % 3]}, pedido ${n}."`,
  );
  return `${columns.join(',')}\n${rows.join('\n')}\n`;
};
const csv =
  folder === undefined ? own() : readFileSync(join(folder, 'olist_order_reviews_dataset.csv'), 'utf8');
const rows: readonly Row[] = parse(csv, { columns: true, bom: true });

let daybook: KnowledgeDaybook;
beforeAll(async () => {
  daybook = await knowledgeDaybook();
  await daybook.department('sac');
  const rowSettings = { template: '{review_comment_title}: {review_comment_message}', columns };
  const [document] = await daybook.upload('sac', [{ name: 'reviews.csv', bytes: csv }], {
    settings: JSON.stringify({ rows: rowSettings }),
  });
  expect(document).toMatchObject({ status: 'indexed', type: 'csv' });
}, 120_000);
afterAll(() => daybook?.stop());

const plain = (text: string) => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
const commented = rows.filter((row) =>
  /[\p{L}\p{N}]/u.test(row.review_comment_title + row.review_comment_message),
);
const low = commented.filter((row) => Number(row.review_score) <= 2);

const negation = '(?:nao|nunca|nem|sem)';
/**
 * Rows of low score that say a label, counted from the file alone: at least those in which its words follow each other
 * as they are and no "not" stands before them, at most those in which up to three words lie between and endings differ more.
 */
function between(label: string): { least: number; most: number } {
  const words = plain(label).split(/[^a-z0-9]+/);
  const negated = new RegExp(negation).test(words[0] ?? '');
  const [first = '', last = ''] = [words[0], words.at(-1)];
  const head = (cut: number) =>
    negated ? negation : `${first.slice(0, Math.max(3, first.length - cut))}[a-z]*`;
  const tail = (cut: number) => `${last.slice(0, Math.max(3, last.length - cut))}[a-z]*`;
  const rowsWith = (pattern: RegExp) =>
    low.filter((row) => pattern.test(plain(`${row.review_comment_title}: ${row.review_comment_message}`)))
      .length;
  const inner = words.slice(1, -1).map((word) => `${word}[^a-z0-9]+`);
  return {
    least: rowsWith(
      new RegExp(
        `(?<!\\b${negation}[^a-z0-9]+(?:[a-z0-9]+[^a-z0-9]+){0,2})\\b${head(0)}[^a-z0-9]+${inner.join('')}${tail(0)}\\b`,
      ),
    ),
    most: rowsWith(new RegExp(`\\b${head(2)}[^a-z0-9]+(?:[a-z0-9]+[^a-z0-9]+){0,3}${tail(2)}\\b`)),
  };
}

test('the most common complaints are counted over all rows, each with a real quote', async () => {
  const answer = await daybook.ask('Quais são as reclamações mais comuns?', { departments: ['sac'] });
  expect(answer.outcome).toBe('answered');
  expect(answer.text).toContain(`em ${low.length} de ${commented.length} comentários`);
  const themes = [...answer.text.matchAll(/^- \*\*(.+?)\*\*: (\d+) comentários/gm)].map(
    ([, label, count]) => ({
      label: label ?? '',
      count: Number(count),
    }),
  );
  expect(themes.length).toBeGreaterThanOrEqual(3);
  expect(answer.citations).toHaveLength(themes.length);
  for (const [n, { label, count }] of themes.entries()) {
    const { least, most } = between(label);
    expect(count, label).toBeGreaterThanOrEqual(least);
    expect(count, label).toBeLessThanOrEqual(most);
    expect(least, label).toBeGreaterThan(0);
    expect(count, label).toBeGreaterThanOrEqual(low.length / 500);
    const { document, start, end, quote } = answer.citations[n] ?? {
      document: '',
      start: 0,
      end: 0,
      quote: '',
    };
    expect((await daybook.text('sac', document)).slice(start, end)).toBe(quote);
    // It is what a row of low score says.
    const said = plain(quote);
    expect(
      low.some(
        (row) =>
          said.includes(plain(row.review_comment_message).trim()) ||
          plain(row.review_comment_message).includes(said),
      ),
      quote,
    ).toBe(true);
    expect(plain(quote)).toContain(plain(label).split(' ')[0]);
  }
});

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { freshBenign } from '../../bounded-contexts/knowledge/guardrails/testing/benign.ts';

export interface Lines {
  readonly label: string;
  readonly lines: readonly string[];
}

const review = z.object({ review_comment_title: z.string(), review_comment_message: z.string() });
const squad = z.object({
  data: z.array(
    z.object({
      paragraphs: z.array(
        z.object({ context: z.string(), qas: z.array(z.object({ question: z.string() })) }),
      ),
    }),
  ),
});

/**
 * Texts that nobody means any harm by: public collections where they are beside the checkout, else lines of our own.
 */
export function benignLines(folder = resolve('../shared/data')): readonly Lines[] {
  const file = (path: string) => join(folder, path);
  const read = (path: string) => readFileSync(file(path), 'utf8');
  const paths = {
    olist: 'olist/olist_order_reviews_dataset.csv',
    faquad: 'faquad/dataset.json',
    cranfield: 'cranfield/cran.all.1400',
  };
  if (!Object.values(paths).every((path) => existsSync(file(path))))
    return [{ label: 'lines of our own', lines: freshBenign }];
  const rows: unknown[] = parse(read(paths.olist), { columns: true, bom: true });
  const reviews = rows
    .map((row) => review.parse(row))
    .map((row) => `${row.review_comment_title}. ${row.review_comment_message}`.replace(/^\. /, '').trim())
    .filter((text) => text.length > 2);
  const paragraphs = squad.parse(JSON.parse(read(paths.faquad))).data.flatMap((one) => one.paragraphs);
  const abstracts = read(paths.cranfield)
    .split(/^\.I /m)
    .flatMap((entry) => entry.split(/^\.W\s*$/m)[1]?.trim() ?? []);
  return [
    { label: 'Olist reviews (pt)', lines: reviews },
    {
      label: 'FaQuAD questions (pt)',
      lines: paragraphs.flatMap(({ qas }) => qas.map(({ question }) => question)),
    },
    { label: 'FaQuAD paragraphs (pt)', lines: paragraphs.map(({ context }) => context) },
    { label: 'Cranfield abstracts (en)', lines: abstracts },
  ];
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DaybookError } from '../../../schemas/errors.ts';
import type { Collection } from '../collection.ts';
import { readBeir } from './beir.ts';
import { readSmart } from './smart.ts';
import { readSquad } from './squad.ts';
import { readTrec } from './trec.ts';

/** A folder's files by their name, `qrels/test.tsv` among them, read when they are asked for. */
export interface Files {
  readonly names: readonly string[];
  read(name: string): string;
}

/**
 * Reads a labelled collection, whatever its layout: BEIR (`corpus.jsonl`, `queries.jsonl`, `qrels/*.tsv`), SMART
 * (Cranfield: `.I` and `.W`), TREC (`<DOC>`, `<top>`, four columns of qrels) or SQuAD (one JSON file). Throws
 * `request.invalid` where it is none of them.
 */
export function readCollection(folder: string): Collection {
  let names: string[];
  try {
    names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) =>
      name.replaceAll('\\', '/'),
    );
  } catch (error) {
    throw new DaybookError(
      'request.invalid',
      `${folder} is no folder that can be read.`,
      {},
      { cause: error },
    );
  }
  const files: Files = { names: names.sort(), read: (name) => readFileSync(join(folder, name), 'utf8') };
  const collection = readBeir(files) ?? readSmart(files) ?? readTrec(files) ?? readSquad(files);
  if (!collection)
    throw new DaybookError(
      'request.invalid',
      `${folder} holds none of the layouts that are known: BEIR, SMART (Cranfield), TREC, SQuAD.`,
    );
  if (collection.queries.length === 0)
    throw new DaybookError('request.invalid', `${folder} has no question with a relevant document.`);
  return collection;
}

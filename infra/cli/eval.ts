import type { SearchMode } from '../../bounded-contexts/knowledge/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { percentile } from '../bench/result.ts';
import { evaluate, type ModeResult, readCollection } from '../evaluation/index.ts';
import { hashEmbedding } from '../providers/index.ts';
import { exitCodes } from './exit-codes.ts';
import { type Output, table } from './output.ts';

const modes = ['keyword', 'dense', 'hybrid', 'rrf'] as const;

export interface EvalFlags {
  readonly collection: string;
  readonly mode?: readonly string[];
  readonly k: string;
  readonly language?: string;
}

/** `eval retrieval`: a labelled collection against the embedded index, with the built-in embeddings. */
export async function evalRetrieval(flags: EvalFlags, out: Output): Promise<number> {
  const chosen = (flags.mode ?? modes).map(modeOf);
  const k = Number(flags.k);
  if (!Number.isInteger(k) || k < 1 || k > 1_000)
    throw new DaybookError('request.invalid', '--k: a whole number from 1 to 1000 is wanted.');
  const collection = readCollection(flags.collection);
  out.say(
    `${collection.documents.length} documents, ${collection.queries.length} questions (${collection.layout})`,
  );
  const { modes: results, ...rest } = evaluate(collection, {
    modes: chosen,
    k,
    embed: hashEmbedding,
    ...(flags.language === undefined ? {} : { language: flags.language }),
  });
  const figures = results.map(({ latencies, ...quality }) => ({ ...quality, ...milliseconds(latencies) }));
  out.result(
    { ...rest, embedding: 'builtin/hash', modes: figures },
    [
      table(
        ['mode', 'nDCG@10', `recall@${k}`, 'MRR', 'precision@5', 'p50 ms', 'p95 ms', 'p99 ms'],
        figures.map((one) => [
          one.mode,
          ...[one.ndcg10, one.recall, one.mrr, one.precision5].map((value) => value.toFixed(4)),
          ...[one.p50Ms, one.p95Ms, one.p99Ms].map((value) => value.toFixed(2)),
        ]),
      ),
      '',
      ...rest.comparisons.map(
        ({ mode, than, mean, low, high }) =>
          `${mode} less ${than}: nDCG@10 ${signed(mean)}, in 95 of 100 draws from ${signed(low)} to ${signed(high)}`,
      ),
      `${(rest.indexBytes / 2 ** 20).toFixed(1)} MiB of index, ${Math.round(rest.buildRate).toLocaleString('en')} documents a second, embedded by builtin/hash`,
    ].join('\n'),
  );
  return exitCodes.ok;
}

function modeOf(asked: string): SearchMode {
  const mode = modes.find((one) => one === asked);
  if (!mode) throw new DaybookError('request.invalid', `--mode: ${modes.join(', ')}, not ${asked}.`);
  return mode;
}

const milliseconds = (latencies: ModeResult['latencies']) => ({
  p50Ms: percentile(latencies, 0.5),
  p95Ms: percentile(latencies, 0.95),
  p99Ms: percentile(latencies, 0.99),
});

const signed = (value: number): string => `${value < 0 ? '' : '+'}${value.toFixed(4)}`;

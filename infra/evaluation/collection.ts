import type { Judgements } from '../../bounded-contexts/knowledge/index.ts';

/** Documents, questions, and which document answers which question. */
export interface Collection {
  /** How it was laid out: `smart` is the `.I`/`.W` form of Cranfield. */
  readonly layout: 'beir' | 'smart' | 'squad' | 'trec' | 'own';
  readonly documents: readonly { readonly id: string; readonly title?: string; readonly text: string }[];
  /** Only those for which something is relevant. */
  readonly queries: readonly { readonly id: string; readonly text: string; readonly judged: Judgements }[];
}

/** Judgements by query, then by document. */
export type Qrels = ReadonlyMap<string, Judgements>;

export function qrelsOf(rows: Iterable<readonly [query: string, document: string, grade: number]>): Qrels {
  const qrels = new Map<string, Map<string, number>>();
  for (const [query, document, grade] of rows) {
    const judged = qrels.get(query) ?? new Map<string, number>();
    qrels.set(query, judged.set(document, grade));
  }
  return qrels;
}

/** Questions without a relevant document say nothing about a ranking. */
export const judgedQueries = (
  queries: readonly { readonly id: string; readonly text: string }[],
  qrels: Qrels,
): Collection['queries'] =>
  queries.flatMap(({ id, text }) => {
    const judged = qrels.get(id);
    return judged && [...judged.values()].some((grade) => grade > 0) ? [{ id, text, judged }] : [];
  });

import { sameFacts } from '../wording/index.ts';
import { type CacheEntry, type CacheQuestion, type Cites, cosine } from './entry.ts';

export interface ServeRules {
  /** Least cosine of the two questions. Default 0.92. */
  readonly minSimilarity?: number;
  /** Whether the asker may read what the answer cites, asked at every hit: rights change while entries live. */
  readonly mayRead: (cites: Cites) => boolean;
}

export type ServeDecision =
  | { readonly serve: true; readonly similarity: number }
  | {
      readonly serve: false;
      readonly similarity: number;
      readonly why: 'similarity' | 'wording' | 'rights' | 'escalated';
    };

export const defaultMinSimilarity = 0.92;

/**
 * Whether an entry of the question's own partition answers it. Embeddings hardly see a number, a name or a "not": these
 * must be the same in both questions, as must what is asked for (who, when, how much) and words with an opposite.
 */
export function mayServe(
  entry: Pick<CacheEntry<unknown>, 'question' | 'cites' | 'escalated'>,
  question: CacheQuestion,
  { minSimilarity = defaultMinSimilarity, mayRead }: ServeRules,
): ServeDecision {
  const similarity = cosine(entry.question.vector, question.vector);
  const no = (why: 'similarity' | 'wording' | 'rights' | 'escalated') =>
    ({ serve: false, similarity, why }) as const;
  if (entry.escalated) return no('escalated');
  if (!(similarity >= minSimilarity)) return no('similarity');
  if (!sameFacts(entry.question.wording, question.wording)) return no('wording');
  if (!entry.cites.every(mayRead)) return no('rights');
  return { serve: true, similarity };
}

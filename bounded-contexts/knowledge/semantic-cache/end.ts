import { sharedWords, type Wording, wordingOf } from '../wording/index.ts';
import { type CacheEntry, cosine } from './entry.ts';

/** What changed in what a tenant knows. */
export type KnowledgeChange =
  | {
      /** A revision was replaced or removed. */
      readonly kind: 'revision-ended';
      readonly tenant: string;
      readonly document: string;
      readonly revision: string;
    }
  | {
      /** Chunks are searched from now on. */
      readonly kind: 'chunks-added';
      readonly tenant: string;
      readonly department: string;
      readonly chunks: readonly NewChunk[];
    };

interface NewChunk {
  readonly vector?: Float32Array;
  readonly text?: string;
}

type Endable = Pick<CacheEntry<unknown>, 'tenant' | 'departments' | 'question' | 'cites' | 'kthScore'>;

/** From this share of a question's words on, a new chunk would be among its keyword hits, or near enough. */
const enoughWords = 0.5;

/** Many entries are held against the same chunk: it is read once. */
const wordings = new WeakMap<NewChunk, Wording>();

function wordingOfChunk(chunk: NewChunk, text: string): Wording {
  const known = wordings.get(chunk) ?? wordingOf(text);
  wordings.set(chunk, known);
  return known;
}

/** Whether a new chunk could have been among what the answer was made from. Without a vector and text: yes. */
function enters(entry: Endable, chunk: NewChunk): boolean {
  const { vector, text } = chunk;
  if (vector === undefined && text === undefined) return true;
  // Vectors of different models cannot be compared.
  if (vector !== undefined && vector.length !== entry.question.vector.length) return true;
  if (vector !== undefined && cosine(vector, entry.question.vector) >= entry.kthScore) return true;
  return (
    text !== undefined && sharedWords(entry.question.wording, wordingOfChunk(chunk, text)) >= enoughWords
  );
}

/**
 * The entries that a change ends: those that cite a revision that is no longer, and those whose answer might be another
 * with the new chunks, since one of them comes as near to the question as its k-th hit, or shares half of its words.
 * Errs on the side of ending.
 */
export function entriesToEnd<E extends Endable>(entries: Iterable<E>, change: KnowledgeChange): E[] {
  const ended: E[] = [];
  for (const entry of entries) {
    if (entry.tenant !== change.tenant) continue;
    const hit =
      change.kind === 'revision-ended'
        ? entry.cites.some(
            ({ document, revision }) => document === change.document && revision === change.revision,
          )
        : entry.departments.includes(change.department) && change.chunks.some((one) => enters(entry, one));
    if (hit) ended.push(entry);
  }
  return ended;
}

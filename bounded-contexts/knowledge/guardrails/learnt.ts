import { sentencesOf } from '../wording/index.ts';
import { matchConcepts } from './concept-match.ts';
import { foldSkeleton } from './fold.ts';
import weights from './learnt.json' with { type: 'json' };
import { type Token, tokensOf } from './phrases.ts';

/** A word is known by its first letters. */
const stem = 6;
/** Words that are weighed together: what is longer is weighed in pieces, so that it cannot be drowned. */
const longest = 60;
/** A text of up to so many sentences is weighed as a whole, too. */
const short = 3;

/** What the weighing sees of a sentence: its words, the first of them, and the concepts that it speaks of. */
export function traitsOf(tokens: readonly Token[]): string[] {
  const traits = new Set(tokens.map(({ word }) => `word ${word.slice(0, stem)}`));
  const [first] = tokens;
  if (first) traits.add(`first ${first.word.slice(0, stem)}`);
  for (const { value } of matchConcepts(tokens)) traits.add(`concept ${value}`);
  return [...traits];
}

const known = new Map<string, number>(Object.entries(weights.weights));

function probability(tokens: readonly Token[]): number {
  const traits = traitsOf(tokens);
  const odds =
    traits.reduce((sum, trait) => sum + (known.get(trait) ?? 0), 0) / Math.sqrt(Math.max(1, traits.length));
  return 1 / (1 + Math.exp(-(weights.bias + odds)));
}

export interface Weighed {
  readonly start: number;
  readonly end: number;
  /** From 0 to 1. */
  readonly score: number;
}

/**
 * The sentence of a text that most looks like an attempt to steer the model, by a logistic regression over words and
 * concepts. It was fitted to the labelled lists in `testing/` (`testing/train.ts` makes `learnt.json` from them), and
 * catches what rules have no phrase for, less surely. Offsets into the text as it was given. Linear.
 */
export function mostSuspicious(text: string): Weighed | undefined {
  const sentences = sentencesOf(text);
  const spans = sentences.length <= short ? [{ start: 0, end: text.length }, ...sentences] : sentences;
  let best: Weighed | undefined;
  for (const { start, end } of spans) {
    const { text: plain, origin } = foldSkeleton(text.slice(start, end));
    const tokens = tokensOf(plain);
    for (let at = 0; at < tokens.length; at += longest) {
      const piece = tokens.slice(at, at + longest);
      const score = Number(probability(piece).toFixed(4));
      const [first, last] = [piece[0], piece.at(-1)];
      if (!first || !last || (best && best.score >= score)) continue;
      const span = origin(first.start, last.end);
      best = { start: start + span.start, end: start + span.end, score };
    }
  }
  return best;
}

import { languagesOf } from './stop-words.ts';

const sampleCharacters = 50_000;
/** Fewer hits say nothing: a list of names has a few by chance. */
const leastHits = 3;
/** Prose is a third to a half function words; below this share it is a table, code or another language. */
const leastShare = 0.06;
/** How far the first must be ahead of the second: Portuguese and Spanish share a good part of their words. */
const leastLead = 1.15;

/**
 * The language that a text is written in, by its function words: an ISO 639-1 code of those in `stop-words.ts`, or
 * `und` where there is too little text, or none of them. Looks at the first 50,000 characters and as many in the
 * middle, since beginnings are often in another language.
 */
export function detectLanguage(text: string): string {
  const middle = Math.max(sampleCharacters, Math.floor((text.length - sampleCharacters) / 2));
  const sample = `${text.slice(0, sampleCharacters)} ${text.slice(middle, middle + sampleCharacters)}`;
  const votes = new Map<string, number>();
  let words = 0;
  for (const [word] of sample.toLowerCase().matchAll(/\p{L}+/gu)) {
    words++;
    const languages = languagesOf.get(word);
    for (const language of languages ?? []) {
      // A word of several languages is that much less evidence for each.
      votes.set(language, (votes.get(language) ?? 0) + 1 / (languages?.length ?? 1));
    }
  }
  const [first, second] = [...votes].sort(([, a], [, b]) => b - a);
  if (!first || first[1] < leastHits || first[1] < words * leastShare) return 'und';
  return second && first[1] < second[1] * leastLead ? 'und' : first[0];
}

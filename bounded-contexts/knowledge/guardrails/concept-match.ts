import { type Concept, conceptNames, concepts } from './concepts.ts';
import { phraseMatcher } from './phrases.ts';

/** Where each concept is said among the words of a folded text. */
export const matchConcepts = phraseMatcher<Concept>(
  conceptNames.flatMap((name) => concepts[name].split('|').map((phrase) => [phrase, name] as const)),
);

/** The words that concepts are said in, one by one. */
export const conceptWords: ReadonlySet<string> = new Set(
  conceptNames
    .flatMap((name) => concepts[name].split(/[|\s]/))
    .flatMap((word) => (word.endsWith('*') ? [word.slice(0, -1), `${word.slice(0, -1)}s`] : [word]))
    .filter((word) => word.length > 2),
);

import { foldSkeleton } from './fold.ts';
import { phraseMatcher, tokensOf } from './phrases.ts';

interface Topic {
  readonly name: string;
  readonly words: readonly string[];
}

export interface TopicFinding {
  readonly topic: string;
  readonly start: number;
  readonly end: number;
}

/** The topics whose words a text has, each where it is first spoken of. Linear. */
export function findTopics(text: string, topics: readonly Topic[]): TopicFinding[] {
  if (topics.length === 0) return [];
  const { text: plain, origin } = foldSkeleton(text);
  const tokens = tokensOf(plain);
  const match = phraseMatcher(
    topics.flatMap(({ name, words }) =>
      words.map((phrase) => [foldSkeleton(phrase).text.split(/\s+/).join(' '), name] as const),
    ),
  );
  const found = new Map<string, TopicFinding>();
  for (const { value, first, last } of match(tokens)) {
    const [from, to] = [tokens[first], tokens[last]];
    if (from && to && !found.has(value)) found.set(value, { topic: value, ...origin(from.start, to.end) });
  }
  return [...found.values()];
}

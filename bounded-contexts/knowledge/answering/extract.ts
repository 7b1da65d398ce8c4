import { analyse, analyseQuery, analyserOf } from '../retrieval/index.ts';
import { sentencesOf } from '../wording/index.ts';

/** A source as an answer's model is given it, numbered from 1. */
export interface NumberedSource {
  readonly number: number;
  readonly text: string;
}

const mostSentences = 3;
const longestQuote = 600;
/** Of the weight of the question's words, so much must be in the answer. A word that no source has weighs most. */
const leastShared = 0.5;

/** What a heading says, or a question that a text asks itself, is said of what follows: by this share of its weight. */
const headed = 0.5;

/** A heading or a question states nothing, and is no answer. */
const announces = (sentence: string): boolean =>
  /^#{1,6}\s/.test(sentence) || /\?["”’»')\]]*$/.test(sentence);

/** Quote marks that the format knows, of which one is not in the sentence. */
const marks = [
  ['"', '"'],
  ['«', '»'],
  ['“', '”'],
] as const;

/**
 * An answer without a model: the sentences of the sources that share most with the question, each quoted whole, in the
 * format in which models are asked to cite, so that it is checked as theirs are. Undefined where none shares anything
 * that carries meaning. A word weighs the more, the fewer sentences have it.
 */
export function extractedAnswer(
  question: string,
  sources: readonly NumberedSource[],
  language: string,
): string | undefined {
  const analyser = analyserOf(language);
  const wanted = new Set(analyseQuery(question, analyser));
  const sentences = sources.flatMap(({ number, text }) => {
    let heading = new Set<string>();
    return sentencesOf(text).flatMap(({ start, end }, place) => {
      const sentence = text.slice(start, end).trim();
      const terms = new Set(analyse(sentence, analyser));
      if (!announces(sentence))
        return [{ number, place, sentence, terms, heading: heading.difference(terms) }];
      heading = terms;
      return [];
    });
  });
  const frequency = new Map<string, number>();
  for (const { terms, heading } of sentences)
    for (const term of terms.union(heading))
      if (wanted.has(term)) frequency.set(term, (frequency.get(term) ?? 0) + 1);
  const weights = new Map(
    [...wanted].map((term) => [term, Math.log(1 + sentences.length / (frequency.get(term) ?? 0.5))]),
  );
  const sum = (terms: Iterable<string>) =>
    [...terms].reduce((total, term) => total + (weights.get(term) ?? 0), 0);
  const worth = ({ terms, heading, sentence }: (typeof sentences)[number]): number => {
    const said = sum(terms) + headed * sum(heading);
    // Of two that say as much the shorter one says it.
    return said / (1 + Math.log1p(sentence.length / 200));
  };
  const ranked = sentences
    .filter(({ sentence }) => sentence.length >= 15 && sentence.length <= longestQuote)
    .map((one) => ({ ...one, worth: worth(one) }))
    .filter((one) => one.worth > 0)
    .sort((a, b) => b.worth - a.worth || a.number - b.number || a.place - b.place);
  const best = ranked[0]?.worth ?? 0;
  const chosen: typeof ranked = [];
  for (const one of ranked) {
    if (chosen.length >= mostSentences || one.worth < best / 2) break;
    if (chosen.every(({ sentence }) => sentence !== one.sentence)) chosen.push(one);
  }
  // What the question is about must be in them: sentences that share only its small talk answer nothing.
  const shared = new Set(
    chosen.flatMap(({ terms, heading }) => [...terms.union(heading)].filter((term) => wanted.has(term))),
  );
  if (sum(shared) < leastShared * sum(wanted)) return undefined;
  const said = chosen.flatMap(({ number, sentence }) => {
    const pair = marks.find(([open, close]) => !sentence.includes(open) && !sentence.includes(close));
    return pair ? [`${sentence} [${number}: ${pair[0]}${sentence}${pair[1]}]`] : [];
  });
  return said.length === 0 ? undefined : said.join('\n\n');
}

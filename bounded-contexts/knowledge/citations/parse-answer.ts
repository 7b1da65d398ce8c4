import { type Span, sentencesOf } from '../wording/index.ts';
import { answerStream, type Cited, type ReadAnswer } from './answer-stream.ts';

/** A statement of an answer, and what it refers to. */
export interface Claim extends Span {
  readonly text: string;
  readonly cited: readonly Cited[];
}

/** An answer as its model meant it: nothing of it is checked. */
export interface ParsedAnswer {
  readonly text: string;
  /** Sentences that state something, in order; spans in `text`. */
  readonly claims: readonly Claim[];
  readonly notFound: boolean;
}

/** Questions, headings and what only leads over to a list state nothing. */
function states(sentence: string): boolean {
  if (/\?["”’»')\]]*$/.test(sentence) || /^#{1,6}\s/.test(sentence)) return false;
  if (/:\**$/.test(sentence)) return false;
  return /[\p{L}\p{N}]{2}/u.test(sentence);
}

/** The claims of an answer that was read from a stream. */
export function claimsIn({ text, cited, notFound }: ReadAnswer): ParsedAnswer {
  const spans = sentencesOf(text);
  const ofSpan = new Map<number, Cited[]>();
  let index = 0;
  for (const one of cited) {
    // Markers come in the order of the text, each after what it is to prove.
    while (index + 1 < spans.length && (spans[index + 1] as Span).start < one.at) index += 1;
    const known = ofSpan.get(index);
    if (known) known.push(one);
    else ofSpan.set(index, [one]);
  }
  const claims = spans.flatMap(({ start, end }, at): Claim[] => {
    const sentence = text.slice(start, end);
    const references = ofSpan.get(at) ?? [];
    if (references.length === 0 && (notFound || !states(sentence))) return [];
    return [{ start, end, text: sentence, cited: references }];
  });
  return { text, claims, notFound };
}

/** Reads a whole answer; the same as through {@link answerStream}. Never fails: what is no marker is text. */
export function parseAnswer(raw: string): ParsedAnswer {
  const stream = answerStream();
  stream.push(raw);
  return claimsIn(stream.end().answer);
}

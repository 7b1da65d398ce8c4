import { closesMarker, type MarkerReader, markerReader, opensMarker, type Reference } from './marker.ts';

/** A reference as it stood in an answer: unchecked. */
export interface Cited extends Reference {
  /** Where it stood: a UTF-16 offset into the answer's text without markers. */
  readonly at: number;
  /** It began a quote and did not end it as it should. */
  readonly unreadable?: true;
}

export type AnswerPart =
  | { readonly type: 'text'; readonly text: string }
  | ({ readonly type: 'cited' } & Cited);

/** What a whole answer came to. */
export interface ReadAnswer {
  /** Without markers, and without white space at its ends. */
  readonly text: string;
  readonly cited: readonly Cited[];
  /** It says that the sources do not hold the answer. */
  readonly notFound: boolean;
}

export interface AnswerStream {
  /** Takes what came; returns what may be shown of it, in order. Any cutting of an answer gives the same in all. */
  push(chunk: string): AnswerPart[];
  /** What was held back at the end, and all together. */
  end(): { readonly parts: readonly AnswerPart[]; readonly answer: ReadAnswer };
}

/** An opened bracket that what follows could make a marker of, were nothing put in between. */
const openEnd = /[[［【]\s{0,3}\^?\s{0,3}\p{L}{0,8}\.?\s{0,3}\d{0,3}[\s:,;&–\d-]{0,24}$/u;
/** What is broken is read again: an answer that is full of it is given less to break. */
const patience = 20;
const shortQuote = 100;
const newlines = (space: string) => space.split('\n').length;

/**
 * Reads an answer in the format that the prompts ask for: prose, and after each statement markers such as
 * `[1: "words copied from source 1"]`. Text passes as it comes, but for what may still become a marker; a marker never
 * passes. Where its removal would join what is left into another marker, an ellipsis takes its place. In code, `[1]`
 * is code. Linear in the answer.
 */
export function answerStream(): AnswerStream {
  let out = '';
  let sent = 0;
  let spaces = '';
  let before: string | undefined;
  let reader: MarkerReader | undefined;
  let closeAgain = false;
  let notFound = false;
  let ticks = 0;
  let code = 0;
  let broken = 0;
  let parts: AnswerPart[] = [];
  const cited: Cited[] = [];

  function say(character: string): void {
    if (/\s/.test(character)) {
      if (character === '\n' && code < 3) code = 0;
      spaces += character;
      return;
    }
    let space = spaces;
    if (before !== undefined) {
      if (newlines(before) > newlines(spaces) || (spaces === '' && !/[.,;:!?)\]}]/.test(character)))
        space = before;
    }
    out += out === '' ? character : space + character;
    spaces = '';
    before = undefined;
  }

  function plain(character: string): void {
    if (character === '`') ticks += 1;
    else if (ticks > 0) {
      code = code === 0 ? ticks : code === ticks ? 0 : code;
      ticks = 0;
    }
    say(character);
  }

  function flush(): void {
    // Half of a surrogate pair waits for the other.
    const last = out.charCodeAt(out.length - 1);
    const to = last >= 0xd800 && last <= 0xdbff ? out.length - 1 : out.length;
    if (to > sent) parts.push({ type: 'text', text: out.slice(sent, to) });
    sent = Math.max(sent, to);
  }

  function remove(references: readonly Reference[], unreadable: boolean): void {
    if (openEnd.test(out.slice(-48) + spaces.slice(0, 4))) say('…');
    if (before === undefined || newlines(spaces) > newlines(before)) before = spaces;
    spaces = '';
    flush();
    for (const reference of references) cited.push({ ...reference, at: out.length });
    if (unreadable) {
      const source = references.at(-1)?.source ?? 0;
      cited.push({ source, at: out.length, unreadable: true });
    }
    for (const one of cited.slice(cited.length - references.length - (unreadable ? 1 : 0)))
      parts.push({ type: 'cited', ...one });
  }

  /** Takes one character; returns what is to be read again after it. */
  function take(character: string): string {
    if (closeAgain) {
      closeAgain = false;
      if (closesMarker(character)) return '';
    }
    if (!reader) {
      if (opensMarker(character))
        reader = broken < patience ? markerReader(character) : markerReader(character, shortQuote);
      else plain(character);
      return '';
    }
    const step = reader.read(character);
    if (step === 'more') return '';
    const read = reader;
    reader = undefined;
    const inCode = code > 0 || ticks > 0;
    const onlyCode = inCode && !read.inQuote();
    if (step === 'no' || (step === 'done' && onlyCode)) {
      plain(read.held().charAt(0));
      return step === 'no' ? read.held().slice(1) : again(read.held().slice(1));
    }
    if (read.saysNotFound()) notFound = true;
    remove(read.references(), step === 'broken');
    if (step === 'broken') broken += 1;
    closeAgain = step === 'done' && read.doubled();
    return step === 'broken' ? read.afterHead() : '';
  }

  /** A bare number in brackets within code: shown as it is. */
  function again(rest: string): string {
    for (const character of rest) plain(character);
    return '';
  }

  function read(text: string): void {
    // What is to be read again comes before what follows it.
    const waiting = [{ text, at: 0 }];
    for (let top = waiting.at(-1); top; top = waiting.at(-1)) {
      if (top.at >= top.text.length) {
        waiting.pop();
        continue;
      }
      const rest = take(top.text.charAt(top.at++));
      if (rest !== '') waiting.push({ text: rest, at: 0 });
    }
  }

  const taken = () => {
    flush();
    const now = parts;
    parts = [];
    return now;
  };

  return {
    push(chunk) {
      read(chunk);
      return taken();
    },
    end() {
      if (reader) {
        const left = reader;
        reader = undefined;
        if (left.inQuote()) remove(left.references(), true);
        else if (!left.numbered()) for (const character of left.held()) plain(character);
      }
      if (sent < out.length) parts.push({ type: 'text', text: out.slice(sent) });
      sent = out.length;
      const now = parts;
      parts = [];
      return { parts: now, answer: { text: out, cited, notFound } };
    },
  };
}

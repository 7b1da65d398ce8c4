/** What one marker says: which source, by its number, and its words; without a quote, only that it is meant. */
export interface Reference {
  readonly source: number;
  readonly quote?: string;
}

/** Longest quote that a marker may hold, in UTF-16 units. */
const longestQuote = 2_000;
/** A head is `[`, perhaps a word for source, numbers, a colon: what is longer is something else. */
const longestHead = 200;

const openers = '[［【';
const closers = ']］】';
const quotes: Readonly<Record<string, string>> = {
  '"': '"”“',
  '“': '”"',
  '”': '”"',
  '„': '“”"',
  '«': '»',
  '‘': "’'",
  "'": "'’",
};
const digit = /\d/;
const word = /^(?:s(?:o(?:u(?:r(?:c(?:es?)?)?)?)?)?|f(?:o(?:n(?:t(?:es?)?)?)?)?|r(?:e(?:fs?)?)?)\.?$/i;
const nothing = ['not found', 'não encontrado', 'nao encontrado'];

type State = 'open' | 'number' | 'colon' | 'quote' | 'after-quote' | 'next' | 'bare';

/** `more`: it may still be a marker. `no`: it is none. `broken`: it is one that goes wrong. */
export type Step = 'more' | 'no' | 'broken' | 'done';

/**
 * Reads one marker, character by character: `[1: "exact words"]`, several of them (`[1: "a"; 2: "b"]`, `[1: "a"; "b"]`),
 * a bare one (`[1]`, `[1, 3]`), one whose words are in no quote marks (`[1: exact words]`), in the brackets and quote
 * marks that models write, and `[not found]`.
 */
export interface MarkerReader {
  /** All that it has read. */
  held(): string;
  read(character: string): Step;
  references(): readonly Reference[];
  /** Whether it says that the sources do not hold the answer. */
  saysNotFound(): boolean;
  /** Whether it has come to a quote, so that it is a marker whatever follows. */
  inQuote(): boolean;
  /** Whether it has come to a number. */
  numbered(): boolean;
  /** Whether it began with two brackets. */
  doubled(): boolean;
  /** What stands after the head that was read last: the words of a quote that has no end. */
  afterHead(): string;
}

export const opensMarker = (character: string): boolean => openers.includes(character);
export const closesMarker = (character: string): boolean => closers.includes(character);

/** `limit`: the longest quote that it waits for. */
export function markerReader(opener: string, limit = longestQuote): MarkerReader {
  let held = opener;
  let state: State = 'open';
  let label = '';
  let digits = '';
  let double = false;
  let closing = '';
  let quote = '';
  let blank = 0;
  let notFound = false;
  /** Where in `held` the head ends that was read last. */
  let head = 0;
  const found: Reference[] = [];

  const number = () => Number(digits);
  const startQuote = (mark: string): Step => {
    closing = quotes[mark] as string;
    quote = '';
    head = held.length;
    state = 'quote';
    return 'more';
  };
  const bare = () => {
    if (digits !== '') found.push({ source: number() });
    digits = '';
  };

  function open(character: string): Step {
    if (openers.includes(character) && held.length === 2 && !double) {
      double = true;
      return 'more';
    }
    if (closers.includes(character)) {
      notFound = nothing.includes(label.trim().toLowerCase());
      return notFound ? 'done' : 'no';
    }
    if (digit.test(character) && (label.trim() === '' || label.trim() === '^' || word.test(label.trim()))) {
      if (character === '0') return 'no';
      digits = character;
      state = 'number';
      return 'more';
    }
    label += character;
    const said = label.trim().toLowerCase();
    if (/^\s{3}/.test(label) || label.length > 20) return 'no';
    const may = said === '' || said === '^' || word.test(said) || nothing.some((one) => one.startsWith(said));
    return may ? 'more' : 'no';
  }

  function afterNumber(character: string): Step {
    if (digit.test(character)) {
      if (/\s/.test(held.at(-2) ?? '')) return 'no';
      digits += character;
      return digits.length > 3 ? 'no' : 'more';
    }
    if (/\s/.test(character)) return 'more';
    if (character === ':') {
      state = 'colon';
      return 'more';
    }
    if (quotes[character] !== undefined) return startQuote(character);
    if (',;-–&'.includes(character)) {
      bare();
      state = 'next';
      return 'more';
    }
    if (closers.includes(character)) {
      bare();
      return 'done';
    }
    return 'no';
  }

  function inside(character: string): Step {
    blank = character === '\n' ? blank + 1 : /\s/.test(character) ? blank : 0;
    if (blank > 1 || quote.length >= limit) return 'broken';
    if (closing.includes(character)) state = 'after-quote';
    quote += character;
    return 'more';
  }

  function afterQuote(character: string): Step {
    if (character === ' ') {
      quote += character;
      return quote.length > limit ? 'broken' : 'more';
    }
    if (closers.includes(character) || character === ';' || character === ',') {
      found.push({ source: number(), quote: quote.trimEnd().slice(0, -1) });
      if (closers.includes(character)) return 'done';
      state = 'next';
      head = held.length;
      return 'more';
    }
    // It was a quote mark within the quote.
    state = 'quote';
    return inside(character);
  }

  function next(character: string): Step {
    if (character === ' ' || character === '\n') return 'more';
    if (digit.test(character) && character !== '0') {
      digits = character;
      state = 'number';
      return 'more';
    }
    if (quotes[character] !== undefined && found.length > 0) {
      digits = String(found.at(-1)?.source);
      return startQuote(character);
    }
    if (closers.includes(character)) return 'done';
    return found.some((one) => one.quote !== undefined) ? 'broken' : 'no';
  }

  function colon(character: string): Step {
    if (character === ' ' || character === '\n') return 'more';
    if (quotes[character] !== undefined) return startQuote(character);
    if (closers.includes(character)) {
      bare();
      return 'done';
    }
    // A time: [10:30].
    if (digit.test(character) && held.at(-2) === ':') return 'no';
    state = 'bare';
    head = held.length - 1;
    quote = character;
    return 'more';
  }

  function unquoted(character: string): Step {
    if (closers.includes(character)) {
      found.push({ source: number(), quote: quote.trim() });
      return 'done';
    }
    if (character === '\n' || quote.length >= limit) return 'broken';
    quote += character;
    return 'more';
  }

  const readers: Readonly<Record<State, (character: string) => Step>> = {
    open,
    number: afterNumber,
    colon,
    quote: inside,
    'after-quote': afterQuote,
    next,
    bare: unquoted,
  };
  const inQuote = () =>
    state === 'quote' ||
    state === 'after-quote' ||
    state === 'bare' ||
    found.some((one) => one.quote !== undefined);

  return {
    held: () => held,
    read(character) {
      held += character;
      const step = readers[state](character);
      if (step === 'more' && !inQuote() && held.length > longestHead) return 'no';
      return step;
    },
    references: () => found,
    saysNotFound: () => notFound,
    inQuote,
    numbered: () => state !== 'open',
    doubled: () => double,
    afterHead: () => held.slice(head),
  };
}

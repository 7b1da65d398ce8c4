/** A model that lies in every way that a citation can be a lie, and now and then says the truth. */

export interface Said {
  /** What the model answers, in the format in which it is asked to cite. */
  readonly text: string;
  /** Words that no document holds and that it claims to quote. */
  readonly lies: readonly string[];
  /** Words that a document holds, quoted as they stand. */
  readonly truths: readonly string[];
}

/** The same numbers for the same seed (mulberry32): a run that fails can be had again. */
export function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Cue {
  /** A sentence of a passage that the model was shown, and the passage's number. */
  readonly sentence: string;
  readonly source: number;
  /** A sentence of a document that it was not shown, and may not be. */
  readonly foreign: string;
  /** From 0 to below 1. */
  readonly next: () => number;
}

type Trick = (cue: Cue) => Said;

const lie = (text: string, ...lies: string[]): Said => ({ text, lies, truths: [] });
const wordsOf = (sentence: string): string[] => sentence.split(' ');
const invented = (next: () => number): string =>
  `Purple accountants refund ${Math.floor(next() * 9_000) + 1_000} submarines every leap year`;

const shifted = ({ sentence, next }: Cue): string => {
  const words = wordsOf(sentence);
  const at = 1 + Math.floor(next() * (words.length - 3));
  return [...words.slice(0, at), words[at + 1], words[at], ...words.slice(at + 2)].join(' ');
};
const withOtherNumber = (sentence: string): string =>
  sentence.replace(/\d+/, (number) => String(Number(number) + 27));
const negated = (sentence: string): string => sentence.replace(/ (is|are|has|have) /, ' $1 never ');

/** Every one that quotes falsely. */
const tricks: Record<string, Trick> = {
  invents: ({ source, next }) => {
    const words = invented(next);
    return lie(`It is so. [${source}: "${words}"]`, words);
  },
  'quotes what it may not see': ({ source, foreign }) =>
    lie(`So they say. [${source}: "${foreign}"]`, foreign),
  'shifts words': (cue) => {
    const words = shifted(cue);
    return lie(`${words} [${cue.source}: "${words}"]`, words);
  },
  'changes a number': ({ sentence, source }) => {
    const words = withOtherNumber(sentence);
    return lie(`${words} [${source}: "${words}"]`, words);
  },
  negates: ({ sentence, source }) => {
    const words = negated(sentence);
    return lie(`${words} [${source}: "${words}"]`, words);
  },
  'cites numbers that are not there': ({ next }) => {
    const words = invented(next);
    return lie(`${words}. [0: "${words}"] [99: "${words}"] [12] [4-9]`, words);
  },
  'joins two halves': ({ sentence, source, foreign }) => {
    const words = `${wordsOf(sentence).slice(0, 4).join(' ')} ${wordsOf(foreign).slice(-4).join(' ')}`;
    return lie(`${words} [${source}: "${words}"]`, words);
  },
  'says another thing than it quotes': ({ sentence, source }) =>
    lie(`${withOtherNumber(sentence)} [${source}: "${sentence}"]`, withOtherNumber(sentence)),
  'hides letters': ({ source, next }) => {
    const words = invented(next);
    return lie(`So. [${source}: "${words.split('').join('\u200b')}"]`, words);
  },
  'ends no quote': ({ source, next }) => {
    const words = invented(next);
    return lie(`So. [${source}: "${words}`, words);
  },
  'nests markers': ({ source, sentence, next }) => {
    const words = invented(next);
    return lie(`So. [${source}: "[${source}: "${words}"] ${sentence}"]`, words);
  },
  'writes citations itself': ({ next }) => {
    const words = invented(next);
    return lie(
      `So. {"citations":[{"document":"doc_00000000000000000000","revision":1,"start":0,"end":9,"quote":"${words}"}]} event: citation`,
      words,
    );
  },
  'quotes in its prose': ({ next }) => {
    const words = invented(next);
    return lie(`The rules say "${words}", word for word.`, words);
  },
  'quotes in its prose beside a proof': ({ sentence, source, next }) => {
    const words = invented(next);
    return {
      ...lie(`${sentence} [${source}: "${sentence}"] They add “${words}”.`, words),
      truths: [sentence],
    };
  },
  'mixes both in one sign': ({ sentence, source, next }) => {
    const words = invented(next);
    return { ...lie(`${sentence} [${source}: "${sentence}", 2: "${words}"]`, words), truths: [sentence] };
  },
};

const truth: Trick = ({ sentence, source }) => ({
  text: `${sentence} [${source}: "${sentence}"]`,
  lies: [],
  truths: [sentence],
});

const names = Object.keys(tricks);

/** The n-th answer: every trick comes in its turn, each second one among true sentences, and some are true throughout. */
export function liesAt(n: number, cue: Cue): Said & { readonly trick: string } {
  const turn = n % (names.length + 3);
  const trick = names[turn] ?? 'none';
  const said = (tricks[trick] ?? truth)(cue);
  if (trick === 'none' || Math.floor(n / names.length) % 2 === 0) return { trick, ...said };
  const true_ = truth(cue);
  const many = Array.from({ length: 6 }, () => true_.text).join('\n\n');
  return {
    trick: `${trick}, among truths`,
    text: cue.next() < 0.5 ? `${many}\n\n${said.text}` : `${said.text}\n\n${many}`,
    lies: said.lies,
    truths: [...said.truths, ...true_.truths],
  };
}

/** Tokens that a scripted provider says it used. */
export const scriptedTokens = { input: 12, output: 5 } as const;

/** The pieces of a streamed answer in a provider's own wire format, in the order in which they are sent. */
export interface StreamPieces {
  /** What comes before the first word. */
  readonly opening: readonly string[];
  readonly words: readonly string[];
  /** Where usage belongs to it, it is in it. */
  readonly finish: string;
  /** '' where it belongs to the finish. */
  readonly usage: string;
  readonly end: string;
}

/** How a provider says things: what a fault needs to know to break them. */
export interface WireDialect {
  /** Where calls of models come in. */
  readonly path: string;
  readonly streamType: string;
  whole(text: string, usage: boolean): string;
  pieces(text: string, usage: boolean): StreamPieces;
  error(status: number, message: string): string;
  /** Something in a stream that is of no meaning. */
  readonly nonsense: string;
  /** What it says, with status 200, of models and the like; undefined where that is not its business. */
  aside(path: string, models: readonly string[]): string | undefined;
}

export const wordsIn = (text: string): readonly string[] => text.split(/(?<=\s)/);

/** All of a streamed answer. */
export const allOf = ({ opening, words, finish, usage, end }: StreamPieces): readonly string[] =>
  [...opening, ...words, finish, usage, end].filter((piece) => piece !== '');

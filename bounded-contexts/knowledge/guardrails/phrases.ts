/** A word of a folded text. */
export interface Token {
  readonly word: string;
  /** The word once digits and signs are read as letters (`1gn0r3`), where that is another. */
  readonly alias?: string;
  readonly start: number;
  readonly end: number;
}

const digitsAsLetters: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
};
const word = /[\p{L}\p{N}]+(?:['@$][\p{L}\p{N}]+)*/gu;

function aliasOf(token: string): string | undefined {
  if (!/\p{L}/u.test(token) || !/[\d@$]/.test(token) || token.length > 30) return undefined;
  return token.replace(/[013457@$]/g, (sign) => digitsAsLetters[sign] as string);
}

/** Words of a folded text, in order. */
export function tokensOf(text: string): Token[] {
  return Array.from(text.matchAll(word), ({ 0: found, index }) => {
    const alias = aliasOf(found);
    return {
      word: found,
      ...(alias === undefined ? {} : { alias }),
      start: index,
      end: index + found.length,
    };
  });
}

interface Node<V> {
  readonly next: Map<string, Node<V>>;
  readonly values: V[];
}

export interface PhraseMatch<V> {
  readonly value: V;
  /** Indices of the first and last token. */
  readonly first: number;
  readonly last: number;
}

/** Finds all phrases at all places, in time linear in the tokens. A word that ends in `*` stands for any ending. */
export function phraseMatcher<V>(
  phrases: Iterable<readonly [phrase: string, value: V]>,
): (tokens: readonly Token[]) => PhraseMatch<V>[] {
  const root: Node<V> = { next: new Map(), values: [] };
  const prefixes = new Set<string>();
  let longestPrefix = 0;
  let shortestPrefix = Number.POSITIVE_INFINITY;
  for (const [phrase, value] of phrases) {
    let node = root;
    for (const key of phrase.split(' ')) {
      if (key.endsWith('*')) {
        prefixes.add(key);
        longestPrefix = Math.max(longestPrefix, key.length - 1);
        shortestPrefix = Math.min(shortestPrefix, key.length - 1);
      }
      const child = node.next.get(key) ?? { next: new Map(), values: [] };
      node.next.set(key, child);
      node = child;
    }
    node.values.push(value);
  }

  function keysOf({ word: plain, alias }: Token): string[] {
    const keys: string[] = [];
    for (const form of alias === undefined ? [plain] : [plain, alias]) {
      keys.push(form);
      for (let size = shortestPrefix; size <= Math.min(form.length, longestPrefix); size++) {
        const key = `${form.slice(0, size)}*`;
        if (prefixes.has(key)) keys.push(key);
      }
    }
    return keys;
  }

  return (tokens) => {
    const found: PhraseMatch<V>[] = [];
    let open: { node: Node<V>; first: number }[] = [];
    tokens.forEach((token, index) => {
      const keys = keysOf(token);
      const going: typeof open = [];
      for (const { node, first } of [...open, { node: root, first: index }]) {
        for (const key of keys) {
          const child = node.next.get(key);
          if (!child) continue;
          going.push({ node: child, first });
          for (const value of child.values) found.push({ value, first, last: index });
        }
      }
      open = going;
    });
    return found;
  };
}

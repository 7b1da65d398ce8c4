/** What fonts without a table of their letters come out as: their own numbers for them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about.
const numbers = /[\0-\x08\x0e-\x1f\x7f-\x9f\ufffd]/g;
/** Some documents write a space so. */
const mostShare = 0.2;

interface Text {
  readonly str: string;
  readonly fontName: string;
}

/**
 * A page's texts without those in fonts that do not say which letters they show: of these, numbers come out instead of
 * letters, some of which look like other letters, so that the whole font goes.
 */
export function legibleOf<T extends Text>(texts: readonly T[]): T[] {
  const fonts = new Map<string, { characters: number; lost: number }>();
  for (const { str, fontName } of texts) {
    const counted = fonts.get(fontName) ?? { characters: 0, lost: 0 };
    counted.characters += str.replace(/\s/g, '').length;
    counted.lost += str.match(numbers)?.length ?? 0;
    fonts.set(fontName, counted);
  }
  return texts.filter(({ fontName }) => {
    const { characters, lost } = fonts.get(fontName) ?? { characters: 0, lost: 0 };
    return lost <= characters * mostShare;
  });
}

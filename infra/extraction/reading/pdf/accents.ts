/** Accents that stand by themselves, and the marks that combine. */
const marks: Readonly<Record<string, string>> = {
  '\u00b4': '\u0301',
  '\u00a8': '\u0308',
  '\u02c6': '\u0302',
  '\u02dc': '\u0303',
  '\u02c7': '\u030c',
  '\u02da': '\u030a',
};
const before = /([\u00b4\u00a8\u02c6\u02dc\u02c7\u02da]) ?([A-Za-z\u0131\u0237])/g;
const cedilla = /([cCsS])\u00b8/g;
const dotless: Readonly<Record<string, string>> = { '\u0131': 'i', '\u0237': 'j' };

/** TeX's old fonts draw an accent and then a letter (`na¨ıve`, `informa¸c˜oes`): one letter, as it is read. */
export const withAccents = (text: string): string =>
  text
    .replace(/\u00b8 ?([cCsS])/g, '$1\u0327')
    .replace(cedilla, '$1\u0327')
    .replace(
      before,
      (_, accent: string, letter: string) => `${dotless[letter] ?? letter}${marks[accent] ?? ''}`,
    )
    .normalize('NFC');

/**
 * What makes a text canonical. Whoever changes what `canonicalise` does raises the number: stored offsets hold
 * only for the version that they were made with.
 */
export const canonicalVersion = 1;

/** Most texts are plain, and a test is much cheaper than what follows it. */
const alreadyCanonical = /^[\n\t\x20-\x7e]*$/;
/** NUL, byte order marks and soft hyphens: nobody sees them, and they would part words that are searched. */
const invisible = /[\0\u00ad\ufeff]/g;
/** CR LF, CR, VT, FF, NEL, LINE SEPARATOR, PARAGRAPH SEPARATOR. */
const lineEnds = /\r\n?|[\v\f\u0085\u2028\u2029]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about.
const controls = /[\u0001-\u0008\u000e-\u001f\u007f-\u009f]/g;

/**
 * More marks on one letter than any script has. Normalising takes the square of them, so that they are parted by U+034F,
 * as the Stream-Safe Text Format of Unicode does (UAX #15, section 13).
 */
const manyMarks = /[\p{M}--[\u034f]]{31,}/gv;
const withBreaks = (text: string): string =>
  text.replace(manyMarks, (marks) => Array.from(marks).map(breakAfter).join(''));
const breakAfter = (mark: string, index: number, { length }: readonly string[]): string =>
  index % 30 === 29 && index < length - 1 ? `${mark}\u034f` : mark;

/**
 * The one form in which a text is stored, chunked, quoted and searched for quotes; offsets are UTF-16 indices into
 * it. Line ends are `\n`; NUL, U+FEFF and soft hyphens are gone, other control characters are spaces; lone
 * surrogates are U+FFFD; the rest is in NFC, with no more than 30 marks on a letter at once. Spaces, and marks of direction, joiners and emoji stay as they were.
 * Idempotent; at most three times as long (the worst case of NFC), and for nearly every text not longer.
 */
export function canonicalise(raw: string): string {
  if (alreadyCanonical.test(raw)) return raw;
  const visible = raw.replace(invisible, '').replace(lineEnds, '\n').replace(controls, ' ').toWellFormed();
  // Again after, since a few marks come apart into two.
  return withBreaks(withBreaks(visible).normalize('NFC'));
}

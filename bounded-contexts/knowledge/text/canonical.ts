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
 * The one form in which a text is stored, chunked, quoted and searched for quotes; offsets are UTF-16 indices into
 * it. Line ends are `\n`; NUL, U+FEFF and soft hyphens are gone, other control characters are spaces; lone
 * surrogates are U+FFFD; the rest is in NFC. Spaces, and marks of direction, joiners and emoji stay as they were.
 * Idempotent; at most three times as long (the worst case of NFC), and for nearly every text not longer.
 */
export function canonicalise(raw: string): string {
  if (alreadyCanonical.test(raw)) return raw;
  return raw
    .replace(invisible, '')
    .replace(lineEnds, '\n')
    .replace(controls, ' ')
    .toWellFormed()
    .normalize('NFC');
}

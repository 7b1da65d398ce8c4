import { isIPv6 } from 'node:net';
import type { PersonalDataKind } from '../../../schemas/guardrails.ts';
import { ibanLength, isCard, isCnpj, isCpf, isIban } from './check-digits.ts';
import { foldPlain } from './fold.ts';

export interface PersonalDatum {
  readonly kind: PersonalDataKind;
  readonly start: number;
  readonly end: number;
}

type Span = readonly [start: number, end: number];

/**
 * Matches of a pattern that `accept` keeps, possibly shortened to the length that it returns (0: none). After one that it
 * does not keep, the search goes on at the next character; patterns are of bounded length, so it stays linear.
 */
function* candidates(
  text: string,
  pattern: RegExp,
  accept: (found: string, at: number) => number,
): Generator<Span> {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const size = accept(match[0], match.index);
    if (size > 0) yield [match.index, match.index + size];
    pattern.lastIndex = match.index + Math.max(1, size);
  }
}

const bare = (text: string): string => text.replace(/[^0-9A-Za-z]/g, '');
const inWord = /[\p{L}\p{N}]/u;

const cpf = (text: string) =>
  candidates(
    text,
    /(?<![\p{L}\p{N}]|\d[.-])\d{3}[. ]?\d{3}[. ]?\d{3}[-. ]?\d{2}(?![\p{L}\p{N}])/gu,
    (found) => (isCpf(bare(found)) ? found.length : 0),
  );

const cnpj = (text: string) =>
  candidates(
    text,
    /(?<![\p{L}\p{N}])[0-9A-Z]{2}[. ]?[0-9A-Z]{3}[. ]?[0-9A-Z]{3}[/ ]?[0-9A-Z]{4}[- ]?\d{2}(?![\p{L}\p{N}])/giu,
    // Fourteen lower-case letters and digits in a row are a word, a hash or an id.
    (found) =>
      (found.includes('/') || found === found.toUpperCase()) && isCnpj(bare(found).toUpperCase())
        ? found.length
        : 0,
  );

/** The longest beginning of the match that is a number by `valid`, at the end of a group of digits. */
function longestValid(text: string, found: string, at: number, valid: (digits: string) => boolean): number {
  for (let size = found.length; size >= 13; size--) {
    if (!/[0-9A-Z]/i.test(found.charAt(size - 1)) || inWord.test(text.charAt(at + size))) continue;
    if (valid(bare(found.slice(0, size)))) return size;
  }
  return 0;
}

const card = (text: string) =>
  candidates(text, /(?<![\p{L}\p{N}])\d(?:[ -]?\d){12,18}/gu, (found, at) =>
    longestValid(text, found, at, isCard),
  );

const iban = (text: string) =>
  candidates(
    text,
    /(?<![\p{L}\p{N}])(?:[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}|[a-z]{2}\d{2}[a-z0-9]{11,30})/gu,
    (found, at) =>
      ibanLength(found.slice(0, 2).toUpperCase()) === undefined
        ? 0
        : longestValid(text, found, at, (letters) => isIban(letters.toUpperCase())),
  );

/** Numbers with dots after these are parts of something, no address. */
const numbered =
  /(?:\bversion|\bversao|\brelease|\bsection|\bsecao|\bclause|\bclausula|\bchapter|\bcapitulo|\bitem) $/i;

const ipv4 = (text: string) =>
  candidates(
    text,
    /(?<![\p{L}\p{N}.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\p{L}\p{N}]|\.\d)/gu,
    (found, at) => (numbered.test(text.slice(Math.max(0, at - 12), at)) ? 0 : found.length),
  );

const ipv6 = (text: string) =>
  candidates(text, /(?<![\p{L}\p{N}:.])[0-9a-fA-F:]{3,39}(?![\p{L}\p{N}])/gu, (found) => {
    const address = found.endsWith('::') ? found : found.replace(/:+$/, '');
    const groups = address.split(':').filter((group) => group !== '');
    const enough = groups.length >= 3 || address === '::1';
    return enough && isIPv6(address) ? address.length : 0;
  });

const local = /[A-Za-z0-9._%+'-]/;
const domain = /(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z]{2,24}(?![a-z0-9-])/iy;
const longestLocal = 64;

function* email(text: string): Generator<Span> {
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    let start = at;
    while (start > 0 && at - start <= longestLocal && local.test(text.charAt(start - 1))) start -= 1;
    while (start < at && /[.'%+-]/.test(text.charAt(start))) start += 1;
    domain.lastIndex = at + 1;
    if (start === at || at - start > longestLocal || !domain.test(text)) continue;
    yield [start, domain.lastIndex];
  }
}

/** Brazil's area codes. */
const areas = '(?:1[1-9]|2[12478]|3[1-578]|4[1-9]|5[1345]|6[1-9]|7[134579]|8[1-9]|9[1-9])';
const phonePatterns: readonly RegExp[] = [
  // +55 11 91234-5678, +1 (415) 555-2671
  /(?<![\p{L}\p{N}+])\+\d{1,3}(?:[ .()-]{0,3}\d){7,14}(?!\d)/gu,
  // (11) 91234-5678, 11 91234-5678, 011 3234 5678
  new RegExp(
    `(?<![\\p{L}\\p{N}+])(?:\\(0?${areas}\\)|0?${areas}(?=[ -]|\\d{4,5}[ .-]))[ -]?9?\\d{4}[ .-]?\\d{4}(?![\\p{L}\\p{N}])`,
    'gu',
  ),
  // 91234-5678
  /(?<![\p{L}\p{N}+]|[\d)][ .-])9\d{4}-\d{4}(?![\p{L}\p{N}])/gu,
  // (415) 555-2671, 415-555-2671, 415.555.2671
  /(?<![\p{L}\p{N}+]|\d[.-])(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[.-])[2-9]\d{2}[.-]\d{4}(?![\p{L}\p{N}])/gu,
  // In one piece, after a word for it.
  /(?<=\b(?:tel|fone|telefone|celular|whatsapp|zap|phone|mobile|call|ligue)[.:]{0,2} )\d{8,13}(?![\p{L}\p{N}])/giu,
];

function* phone(text: string): Generator<Span> {
  for (const pattern of phonePatterns) yield* candidates(text, pattern, (found) => found.trimEnd().length);
}

const finders: Readonly<Record<PersonalDataKind, (text: string) => Iterable<Span>>> = {
  cpf,
  cnpj,
  email,
  card,
  iban,
  phone,
  ip: function* ip(text) {
    yield* ipv4(text);
    yield* ipv6(text);
  },
};

/** Which name a place gets that is two things at once. */
const order: readonly PersonalDataKind[] = ['cpf', 'cnpj', 'iban', 'card', 'email', 'ip', 'phone'];

/**
 * Finds personal data of the kinds asked for: CPF and CNPJ by their check digits (the CNPJ with letters, too), payment cards by
 * issuer, length and Luhn's check, IBANs by country and modulo 97, e-mail addresses, telephone numbers (Brazil, North
 * America, and any with a country code), IP addresses. Digits in other forms and invisible characters within are seen
 * through. In order, not overlapping; UTF-16 offsets. Linear.
 */
export function findPersonalData(text: string, kinds: readonly PersonalDataKind[]): PersonalDatum[] {
  const { text: plain, origin } = foldPlain(text);
  const found = order
    .filter((kind) => kinds.includes(kind))
    .flatMap((kind) => Array.from(finders[kind](plain), ([start, end]) => ({ kind, ...origin(start, end) })));
  found.sort((a, b) => a.start - b.start || b.end - a.end || order.indexOf(a.kind) - order.indexOf(b.kind));
  const kept: PersonalDatum[] = [];
  for (const one of found) {
    const last = kept.at(-1);
    if (!last || one.start >= last.end) kept.push(one);
    // Two that overlap are hidden together, under the first one's name.
    else if (one.end > last.end) kept[kept.length - 1] = { ...last, end: one.end };
  }
  return kept;
}

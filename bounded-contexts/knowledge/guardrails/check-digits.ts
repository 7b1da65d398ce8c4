/** Check digits of numbers that stand for somebody. All take their digits without separators. */

const digits = (text: string): number[] => [...text].map((character) => character.charCodeAt(0) - 48);
const allSame = (text: string): boolean => [...text].every((character) => character === text[0]);

/** The check digit of Brazil's registers: weighted sum modulo 11, 10 and 11 standing for 0. */
function modulo11(values: readonly number[], weights: readonly number[]): number {
  const rest = values.reduce((sum, value, at) => sum + value * (weights[at] ?? 0), 0) % 11;
  return rest < 2 ? 0 : 11 - rest;
}

const cpfWeights = [11, 10, 9, 8, 7, 6, 5, 4, 3, 2];

/** Eleven digits, the last two of which check the others. Repetitions of one digit are issued to nobody. */
export function isCpf(text: string): boolean {
  if (!/^\d{11}$/.test(text) || allSame(text)) return false;
  const all = digits(text);
  return (
    all[9] === modulo11(all.slice(0, 9), cpfWeights.slice(1)) &&
    all[10] === modulo11(all.slice(0, 10), cpfWeights)
  );
}

const cnpjWeights = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];

/**
 * Twelve digits or capital letters and two check digits: the form that Receita Federal issues from July 2026 on (IN RFB
 * 2.229/2024), of which the older one with digits alone is a case. A letter counts as its ASCII code less 48.
 */
export function isCnpj(text: string): boolean {
  if (!/^[0-9A-Z]{12}\d{2}$/.test(text) || allSame(text)) return false;
  const all = digits(text);
  return (
    all[12] === modulo11(all.slice(0, 12), cnpjWeights.slice(1)) &&
    all[13] === modulo11(all.slice(0, 13), cnpjWeights)
  );
}

/** The check of ISO/IEC 7812 (Luhn, 1960). */
export function isLuhn(text: string): boolean {
  const sum = digits(text)
    .reverse()
    .reduce((total, digit, at) => total + (at % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0)), 0);
  return sum % 10 === 0;
}

/** Lengths of issuers' numbers by how they begin, as the networks publish them. */
const issuers: readonly (readonly [begins: RegExp, lengths: readonly number[]])[] = [
  [/^4/, [13, 16, 19]],
  [/^(?:5[1-5]|2[2-7])/, [16]],
  [/^3[47]/, [15]],
  [/^3(?:[068]|5)/, [14, 16]],
  [/^6/, [16, 17, 18, 19]],
  [/^50/, [16]],
];

export const isCard = (text: string): boolean =>
  !allSame(text) &&
  issuers.some(([begins, lengths]) => begins.test(text) && lengths.includes(text.length)) &&
  isLuhn(text);

/** Lengths by country: the IBAN registry (ISO 13616). */
const ibanLengths = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 ' +
    'FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 ' +
    'LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 ' +
    'RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))] as const),
);

export const ibanLength = (country: string): number | undefined => ibanLengths.get(country);

/** Of the right length for its country, and 1 modulo 97 (ISO 7064). */
export function isIban(text: string): boolean {
  if (ibanLength(text.slice(0, 2)) !== text.length || !/^[A-Z]{2}\d{2}[A-Z0-9]+$/.test(text)) return false;
  let rest = 0;
  for (const character of text.slice(4) + text.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

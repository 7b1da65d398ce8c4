import { isCard, isCnpj, isCpf, isIban } from '../check-digits.ts';

/** Numbers with valid check digits, made by trying: what nobody was issued, as far as chance allows. */
const digitsOf = (seed: number, size: number): string =>
  Array.from({ length: size }, (_, at) => Math.abs(Math.imul(seed + at + 1, 2654435761) >>> 7) % 10).join('');

const completed = (stem: string, width: number, valid: (number: string) => boolean): string => {
  for (let check = 0; check < 10 ** width; check++) {
    const number = stem + String(check).padStart(width, '0');
    if (valid(number)) return number;
  }
  throw new Error(`no check digits fit ${stem}`);
};

const grouped = (number: string, pattern: string): string => {
  let at = 0;
  return pattern.replace(/#/g, () => number.charAt(at++));
};

export const someCpf = (seed: number) => completed(digitsOf(seed, 9), 2, isCpf);
export const formattedCpf = (seed: number) => grouped(someCpf(seed), '###.###.###-##');
export const someCnpj = (seed: number) => completed(digitsOf(seed, 12), 2, isCnpj);
/** With letters, as issued from July 2026 on. */
export const letteredCnpj = (seed: number) => {
  const letters = [...digitsOf(seed, 12)].map((digit, at) =>
    at % 3 === 0 ? String.fromCharCode(65 + Number(digit)) : digit,
  );
  return grouped(completed(letters.join(''), 2, isCnpj), '##.###.###/####-##');
};
export const someCard = (seed: number) => completed(`4${digitsOf(seed, 14)}`, 1, isCard);
export const groupedCard = (seed: number) => grouped(someCard(seed), '#### #### #### ####');
export const someIban = (seed: number) => {
  const account = digitsOf(seed, 18);
  const check = Array.from({ length: 98 }, (_, at) => String(at).padStart(2, '0')).find((two) =>
    isIban(`DE${two}${account}`),
  );
  return grouped(`DE${check}${account}`, '#### #### #### #### #### ##');
};

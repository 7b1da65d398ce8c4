type Texts = string | readonly string[] | readonly number[] | readonly (readonly number[])[];

/** A token is at most about this many characters, where a caller sends tokens and no text. */
const charsPerToken = 4;

/** How many texts there are, and their characters. A list of numbers is one text in tokens. */
export function textsOf(input: Texts): { count: number; chars: number } {
  if (typeof input === 'string') return { count: 1, chars: input.length };
  let chars = 0;
  let numbers = 0;
  for (const one of input) {
    if (typeof one === 'number') numbers++;
    else chars += typeof one === 'string' ? one.length : one.length * charsPerToken;
  }
  return numbers > 0 ? { count: 1, chars: numbers * charsPerToken } : { count: input.length, chars };
}

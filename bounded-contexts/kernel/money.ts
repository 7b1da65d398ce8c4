/** Money is an integer number of nano-USD: 1 US dollar = 10^9 nano. No float ever touches it. */
export type Nano = bigint;

const nanoPerUsd = 1_000_000_000n;

/** `"0.05"` → `50_000_000n`. Throws a RangeError on anything but a decimal with at most nine decimals. */
export function parseUsd(text: string): Nano {
  const match = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?$/.exec(text);
  if (!match) throw new RangeError(`not a decimal amount of US dollars with at most nine decimals: ${text}`);
  const [, sign, whole = '0', fraction = ''] = match;
  const nano = BigInt(whole) * nanoPerUsd + BigInt(fraction.padEnd(9, '0'));
  return sign ? -nano : nano;
}

/** `50_000_000n` → `"0.05"`; the shortest decimal string that says the same. */
export function formatUsd(nano: Nano): string {
  const abs = nano < 0n ? -nano : nano;
  const fraction = (abs % nanoPerUsd).toString().padStart(9, '0').replace(/0+$/, '');
  const text = `${abs / nanoPerUsd}${fraction ? `.${fraction}` : ''}`;
  return nano < 0n ? `-${text}` : text;
}

/** Cost of `tokens` at `perMillion` nano-dollars per million tokens, rounded up to a whole nano-dollar. */
export const costOfTokens = (tokens: number, perMillion: Nano): Nano =>
  (BigInt(tokens) * perMillion + 999_999n) / 1_000_000n;

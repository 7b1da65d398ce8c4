import { analyse } from 'chardet';

const sampleBytes = 64 * 1024;

/**
 * The text in these bytes, whatever they are encoded in: by their byte order mark, as UTF-8 where they are that, as
 * UTF-16 where every second byte of them is zero, else as the encoding that is likeliest by its letters. Undefined
 * where they are no text.
 */
export function decodeText(bytes: Uint8Array): { text: string; encoding: string } | undefined {
  const encoding = byMark(bytes) ?? byZeros(bytes);
  if (encoding === 'utf-32le' || encoding === 'utf-32be')
    return checked(fromUtf32(bytes, encoding), encoding);
  if (encoding) return checked(new TextDecoder(encoding).decode(bytes), encoding);
  try {
    return checked(new TextDecoder('utf-8', { fatal: true }).decode(bytes), 'utf-8');
  } catch {
    // One bad byte in a text that is UTF-8 otherwise is damage, not another encoding.
    const likeliest = byLetters(bytes.subarray(0, sampleBytes));
    return checked(new TextDecoder(likeliest).decode(bytes), likeliest);
  }
}

function byMark(bytes: Uint8Array): string | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? 'utf-32le' : 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  return a === 0 && b === 0 && c === 0xfe && d === 0xff ? 'utf-32be' : undefined;
}

/** UTF-16 without a mark: in Latin text, nearly every second byte is zero and hardly any of the others. */
function byZeros(bytes: Uint8Array): string | undefined {
  const length = Math.min(bytes.length, sampleBytes) & ~1;
  if (length < 4) return undefined;
  let even = 0;
  let odd = 0;
  for (let at = 0; at < length; at += 2) {
    if (bytes[at] === 0) even++;
    if (bytes[at + 1] === 0) odd++;
  }
  const pairs = length / 2;
  if (odd > pairs * 0.4 && even < pairs * 0.05) return 'utf-16le';
  return even > pairs * 0.4 && odd < pairs * 0.05 ? 'utf-16be' : undefined;
}

/** Windows code pages that contain the ISO sets which detection names; browsers read them so as well. */
const westernLead = 15;

function byLetters(sample: Uint8Array): string {
  const matches = analyse(sample).filter(({ name }) => isKnown(name));
  const [best] = matches;
  // Single-byte sets differ in few letters, and most such texts are Western: another must be clearly likelier.
  const western = matches.find(({ name }) => name === 'windows-1252' || name === 'ISO-8859-1');
  if (!best) return 'windows-1252';
  return western && best.confidence - western.confidence < westernLead ? 'windows-1252' : best.name;
}

function isKnown(label: string): boolean {
  try {
    return new TextDecoder(label).encoding !== 'replacement';
  } catch {
    return false;
  }
}

function fromUtf32(bytes: Uint8Array, encoding: 'utf-32le' | 'utf-32be'): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength & ~3);
  const parts: string[] = [];
  for (let at = 0; at < view.byteLength; at += 4) {
    const point = view.getUint32(at, encoding === 'utf-32le');
    parts.push(point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd');
  }
  return parts.join('');
}

/** More than this share of control or replacement characters, and it is no text. */
const mostNoise = 0.02;

function checked(text: string, encoding: string): { text: string; encoding: string } | undefined {
  const sample = text.slice(0, sampleBytes);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about.
  const noise = sample.match(/[\0-\x06\x0e-\x1a\x1c-\x1f\x7f-\x9f\ufffd]/g)?.length ?? 0;
  return noise > sample.length * mostNoise ? undefined : { text, encoding };
}

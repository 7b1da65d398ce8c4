import type { Dice } from './dice.ts';

/** The body of an upload, or what stands in its place. */
export interface Upload {
  readonly type: string | undefined;
  readonly body: Buffer;
  /** The connection ends before all of the body is there. */
  readonly aborts: boolean;
}

const boundary = 'x-fuzz-boundary';
const formType = `multipart/form-data; boundary=${boundary}`;

interface Part {
  readonly name: string;
  readonly value: string | Buffer;
  /** Of a file: as it stands in the header. */
  readonly filename?: string;
  readonly type?: string;
}

/** What a header's quoted string can carry; quotes and line breaks in it are part of what is tried. */
const latin = (text: string): string => Buffer.from(text).toString('latin1').slice(0, 20_000);

function form(parts: readonly Part[], between = boundary): Buffer {
  const pieces = parts.flatMap(({ name, value, filename, type }) => [
    Buffer.from(
      `--${between}\r\ncontent-disposition: form-data; name="${name}"${
        filename === undefined ? '' : `; filename="${latin(filename)}"`
      }\r\n${type === undefined ? '' : `content-type: ${type}\r\n`}\r\n`,
      'latin1',
    ),
    Buffer.from(value),
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...pieces, Buffer.from(`--${between}--\r\n`)]);
}

const fieldNames = ['tags', 'privacy', 'date', 'source', 'author', 'settings', 'tenant', '__proto__', ''];
const partTypes = [
  'application/pdf',
  'text/csv',
  'image/png',
  'x',
  '',
  'text/html; charset=x',
  'message/rfc822',
];
const wrongTypes = [
  'multipart/form-data',
  'multipart/form-data; boundary=',
  `multipart/form-data; boundary=${'b'.repeat(300)}`,
  `multipart/mixed; boundary=${boundary}`,
  'application/json',
  'text/html',
  '',
];
/** The beginnings of files whose rest is not there. */
const heads = ['%PDF-1.7\n', 'PK\u0003\u0004', '\u0089PNG\r\n', '{"a":[', 'a,b\n"c', '<html><script>', ''];

const file = (value: string | Buffer, filename = 'a.md', type?: string): Part => ({
  name: 'file',
  value,
  filename,
  ...(type === undefined ? {} : { type }),
});

/** A form or a raw file that is wrong in one place or another; bounded, the largest has some hundred kilobytes. */
export function uploadOf(text: string, dice: Dice): Upload {
  const whole = form([file(`# A canary\n\n${text}\n`), { name: 'tags', value: 'a,b' }]);
  const formed = (body: Buffer, type = formType): Upload => ({ type, body, aborts: false });
  switch (dice.roll(14)) {
    case 0:
      return formed(whole.subarray(0, dice.roll(whole.length)));
    case 1:
      return formed(whole, dice.pick(wrongTypes));
    case 2:
      return formed(form([file(text)], 'another'));
    case 3:
      return formed(form([{ name: 'tags', value: text }]));
    case 4:
      return formed(form([file('x', `${'n'.repeat(5_000)}.md`)]));
    case 5:
      return formed(form([file('x', text)]));
    case 6:
      return formed(form([file(text, 'a.pdf', dice.pick(partTypes))]));
    case 7:
      return formed(form(Array.from({ length: 101 }, () => file('x', ''))));
    case 8:
      return formed(form([...Array.from({ length: 25 }, () => ({ name: 'tags', value: text })), file('x')]));
    case 9:
      return formed(form([{ name: dice.pick(fieldNames), value: text }, file('x')]));
    case 10:
      return formed(form([{ name: 'settings', value: '['.repeat(30_000) }, file('x')]));
    case 11:
      return { type: formType, body: whole.subarray(0, 1 + dice.roll(whole.length - 1)), aborts: true };
    case 12:
      return { type: dice.once(2) ? undefined : dice.pick(partTypes), body: Buffer.alloc(0), aborts: false };
    default:
      return { type: dice.pick(partTypes), body: Buffer.from(`${dice.pick(heads)}${text}`), aborts: false };
  }
}

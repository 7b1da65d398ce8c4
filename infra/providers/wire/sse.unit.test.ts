import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sseEvents } from './sse.ts';

async function dataOf(...chunks: (string | Uint8Array)[]): Promise<string[]> {
  async function* bytes() {
    for (const chunk of chunks) yield Buffer.from(chunk);
  }
  const found: string[] = [];
  for await (const { data } of sseEvents(bytes())) found.push(data);
  return found;
}

test.each([
  ['LF', 'data: a\n\ndata: b\n\n'],
  ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n'],
  ['CR', 'data: a\r\rdata: b\r\r'],
])('lines may end in %s', async (_name, text) => {
  expect(await dataOf(text)).toEqual(['a', 'b']);
});

test('a CRLF that is cut in two is one line end', async () => {
  expect(await dataOf('data: a\r', '\ndata: b\r', '\n\r', '\n')).toEqual(['a\nb']);
});

test('several data lines of an event are joined; one space after the colon is not theirs', async () => {
  expect(await dataOf('data: one\ndata:two\ndata:  three\n\n')).toEqual(['one\ntwo\n three']);
});

test('comments, other fields and events without data are passed over', async () => {
  expect(await dataOf(': hello\nevent: x\nid: 7\n\nretry: 5\n\ndata: a\n: more\n\n')).toEqual(['a']);
});

test('an event that ends with the stream is given all the same', async () => {
  expect(await dataOf('data: a')).toEqual(['a']);
  expect(await dataOf('data: a\r')).toEqual(['a']);
  expect(await dataOf()).toEqual([]);
});

test('a line is told before the next one has come', async () => {
  async function* endless() {
    yield Buffer.from('data: a\n\n');
    await new Promise(() => {});
  }
  const { value } = await sseEvents(endless()).next();
  expect(value).toEqual({ event: undefined, data: 'a' });
});

test('however a stream is cut, within a letter even, it reads the same', async () => {
  const line = fc.constantFrom('data: a', 'data: ü€😀', 'data:', ': note', 'event: x', '', 'data: {"b":1}');
  const ends = fc.constantFrom('\n', '\r\n', '\r');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(line, ends), { maxLength: 12 }),
      fc.array(fc.nat(200), { maxLength: 8 }),
      async (lines, cuts) => {
        const bytes = Buffer.from(lines.map(([text, end]) => text + end).join(''));
        const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
        expect(await dataOf(...pieces)).toEqual(await dataOf(bytes));
      },
    ),
  );
});

test('an event has the name that stands above its data, and no other', async () => {
  async function* bytes() {
    yield Buffer.from('event: one\ndata: a\n\ndata: b\n\nevent:two\n\ndata: c\n\n');
  }
  const found = [];
  for await (const event of sseEvents(bytes())) found.push(event);
  expect(found).toEqual([
    { event: 'one', data: 'a' },
    { event: undefined, data: 'b' },
    { event: undefined, data: 'c' },
  ]);
});

test.each([
  ['a line', 'data: aaaaaaaaaaaaaaaaaaaaaaaa'],
  ['an event', 'data: aaaaaaaaaa\ndata: bbbbbbbbbb\n'],
])('%s without end is given up at its limit', async (_name, text) => {
  async function* bytes() {
    yield Buffer.from(text);
    await new Promise(() => {});
  }
  await expect(sseEvents(bytes(), 15).next()).rejects.toMatchObject({ code: 'provider.garbage' });
});

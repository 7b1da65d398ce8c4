import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { markerWatch } from './markers.ts';
import type { Frame } from './ports.ts';
import { type Splice, splice } from './splice.ts';

const frameOf = (delta: object, finish: string | null = null, text = ''): Frame => ({
  json: JSON.stringify({ id: 'c1', choices: [{ index: 0, delta, finish_reason: finish }] }),
  text,
  usageOnly: false,
});
const said = (text: string) => frameOf({ content: text }, null, text);
const end = frameOf({}, 'stop');

/** `text` in pieces of these sizes, repeated as needed. */
function pieces(text: string, sizes: readonly number[]): string[] {
  const all: string[] = [];
  for (let at = 0, i = 0; at < text.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    all.push(text.slice(at, at + size));
    at += size;
  }
  return all;
}

const contentOf = (frames: readonly Frame[]): string =>
  frames.map(({ json }) => JSON.parse(json).choices[0]?.delta.content ?? '').join('');
const push = (one: Splice, texts: readonly string[]) => texts.flatMap((text) => one.push(said(text)));

const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });
const text = fc.string({ minLength: 1, maxLength: 80 });

test('an answer that begins anew gives the whole text once, wherever the first one broke and however both were cut', () => {
  fc.assert(
    fc.property(text, sizes, sizes, fc.nat(), (whole, first, second, cut) => {
      const one = splice(1, []);
      one.attempt('first');
      const delivered = push(one, pieces(whole.slice(0, 1 + (cut % whole.length)), first));
      one.attempt('starts-again');
      delivered.push(...push(one, pieces(whole, second)), ...one.push(end));
      expect(contentOf(delivered)).toBe(whole);
      expect(one.text).toBe(whole);
    }),
  );
});

test('an answer that begins anew and differs is never delivered beyond what both have', () => {
  fc.assert(
    fc.property(text, text, sizes, (before, other, cut) => {
      fc.pre(!other.startsWith(before));
      const one = splice(1, []);
      one.attempt('first');
      push(one, [before]);
      one.attempt('starts-again');
      expect(() => [...push(one, pieces(other, cut)), ...one.push(end)]).toThrow('did not repeat');
      expect(one.text).toBe(before);
    }),
  );
});

test('an answer that goes on is appended, without a second beginning', () => {
  const one = splice(1, []);
  one.attempt('first');
  one.push(frameOf({ role: 'assistant', content: '' }));
  push(one, ['The quick ']);
  one.attempt('goes-on');
  expect(one.push(frameOf({ role: 'assistant', content: '' }))).toEqual([]);
  expect(contentOf(push(one, ['brown ', 'fox']))).toBe('brown fox');
});

describe('what was delivered can be gone on from', () => {
  const continuableAfter = (...frames: Frame[]) => {
    const one = splice(1, []);
    one.attempt('first');
    for (const frame of frames) one.push(frame);
    return one.continuable;
  };

  test('where it is text', () => {
    expect(continuableAfter(frameOf({ role: 'assistant', content: '' }), said('Hello'))).toBe(true);
  });

  test.each([
    ['a tool call', frameOf({ tool_calls: [{ index: 0, function: { name: 'f', arguments: '' } }] })],
    ['a refusal', frameOf({ refusal: 'No.' })],
  ])('and not where there was %s', (_what, frame) => {
    expect(continuableAfter(said('Hello'), frame)).toBe(false);
  });

  test('nor where there was nothing', () => {
    expect(continuableAfter(frameOf({ role: 'assistant', content: '' }))).toBe(false);
  });
});

describe('stop markers', () => {
  test('end an answer with the first of them, wherever the answer was cut', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), sizes, (before, after, cut) => {
        fc.pre(!before.includes('DONE'));
        const whole = `${before}DONE${after}`;
        const one = splice(1, ['DONE', 'never said']);
        one.attempt('first');
        const frames: Frame[] = [];
        for (const piece of pieces(whole, cut)) {
          frames.push(...one.push(said(piece)));
          if (one.stoppedBy !== undefined) break;
        }
        expect(contentOf(frames)).toBe(whole.slice(0, whole.indexOf('DONE') + 4));
        expect(JSON.parse(frames.at(-1)?.json ?? '').choices[0].finish_reason).toBe('stop');
      }),
    );
  });

  test.each([
    ['Here:\n```ts\nlet a = 1;\n```\nMore', 'Here:\n```ts\nlet a = 1;\n```'],
    ['```\n``\n```', '```\n``\n```'],
    ['no block at all', undefined],
    ['```js\nnot closed', undefined],
    ['inline ```code``` is none', undefined],
  ])('code-block in %j ends after %j', (whole, wanted) => {
    const found = markerWatch(['code-block']).look(whole);
    expect(found && whole.slice(0, found.end)).toBe(wanted);
  });

  test('are found at the same place however a text was cut, the first of several', () => {
    const word = fc.constantFrom('a', '\n', ' ', '`', '```', '```ts\n', '\n```\n', 'END', 'EN', 'D OF');
    const markers = ['END OF', 'D O', 'code-block'];
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), sizes, (words, cut) => {
        const whole = words.join('');
        const watch = markerWatch(markers);
        let seen = '';
        let found: ReturnType<typeof watch.look>;
        for (const piece of pieces(whole, cut)) {
          seen += piece;
          found = watch.look(piece);
          // What one look at all of it finds, the first look that can see it finds.
          expect(found).toEqual(markerWatch(markers).look(seen));
          if (found) break;
        }
        if (!found) expect(markerWatch(markers).look(whole)).toBeUndefined();
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AnswerPart, answerStream, claimsIn, parseAnswer } from '../index.ts';

const read = (raw: string) => {
  const { text, claims, notFound } = parseAnswer(raw);
  return {
    text,
    notFound,
    claims: claims.map((claim) => [claim.text, ...claim.cited.map(({ source, quote }) => [source, quote])]),
  };
};

describe('an answer', () => {
  test('in the format is prose without markers, and claims with their quotes', () => {
    expect(
      read(
        'It lasts 24 months [1: "lasts 24 months"]. Water is not covered. [2: "does not cover water"; 3: "no water"]',
      ),
    ).toEqual({
      text: 'It lasts 24 months. Water is not covered.',
      notFound: false,
      claims: [
        ['It lasts 24 months.', [1, 'lasts 24 months']],
        ['Water is not covered.', [2, 'does not cover water'], [3, 'no water']],
      ],
    });
  });

  test.each([
    ['A b c. [1:"x y z"]', 'A b c.', [[1, 'x y z']]],
    ['A b c [[2: “x y z”]].', 'A b c.', [[2, 'x y z']]],
    ['A b c【3】.', 'A b c.', [[3, undefined]]],
    [
      'A b c [1, 3].',
      'A b c.',
      [
        [1, undefined],
        [3, undefined],
      ],
    ],
    ['A b c [Source 1: "x "y" z"].', 'A b c.', [[1, 'x "y" z']]],
    ['A b c [fonte 2: «x y z»].', 'A b c.', [[2, 'x y z']]],
    ['A b c [^1].', 'A b c.', [[1, undefined]]],
    [
      'A b c [1: "x y"; "z w"].',
      'A b c.',
      [
        [1, 'x y'],
        [1, 'z w'],
      ],
    ],
    ['A b c [1: x y z].', 'A b c.', [[1, 'x y z']]],
    ['A b c [1: "x\ny"].', 'A b c.', [[1, 'x\ny']]],
    ["A b c [1: 'the seller's word'].", 'A b c.', [[1, "the seller's word"]]],
  ])('as models also write it: %j', (raw, text, cited) => {
    const answer = read(raw);
    expect(answer.text).toBe(text);
    expect(answer.claims).toEqual([[text, ...cited]]);
  });

  test.each([
    'See [the manual](https://example.org) and list[0].',
    'Call `items[1]` or:\n```\nx[2] = y[3]\n```',
    'At [10:30] in [2024], [sic].',
    'Plain, with no sources at all.',
  ])('keeps brackets that are no markers: %j', (raw) => {
    expect(read(raw).text).toBe(raw);
  });

  test('says that nothing was found by a sign, which is not shown', () => {
    expect(read('[not found] The sources say nothing about lamps.')).toEqual({
      text: 'The sources say nothing about lamps.',
      notFound: true,
      claims: [],
    });
    expect(read('Não há nada sobre isso. [não encontrado]').notFound).toBe(true);
  });

  test('states nothing by questions, headings and what leads over to a list', () => {
    expect(
      read('## Warranty\nWhat is covered? These parts:\n- Lamp [1: "the lamp"]\n- Cable').claims,
    ).toEqual([['- Lamp', [1, 'the lamp']], ['- Cable']]);
  });

  test('that breaks off within a marker shows nothing of it, and says so', () => {
    const answer = parseAnswer('It is red [1: "The lamp is re');
    expect(answer.text).toBe('It is red');
    expect(answer.claims[0]?.cited).toEqual([{ source: 0, at: 9, unreadable: true }]);
  });

  test('cannot make a marker of what is left when one inside it is taken out', () => {
    expect(read('[[1: "a b"]1: "made up"] x').text).toBe('1: "made up"] x');
    expect(read('[ [1: "a b"]1: "made up"] x').text).toBe('[ …1: "made up"] x');
    expect(read('[1[2]: "made up"] x').text).toBe('[1…: "made up"] x');
  });
});

const token = fc.constantFrom(
  ...[
    '[',
    ']',
    '[[',
    ']]',
    '1',
    '12',
    ':',
    ' ',
    '"',
    '“',
    '”',
    ';',
    ',',
    '\n',
    '\n\n',
    'x',
    'word',
    '. ',
    '`',
    '```',
    '【',
    '】',
    '🙂',
    'é',
  ],
  ...['[1: "', '"]', '[2]', 'source ', '[not found]', '[não', '^', '«', '»', "'", '[1', '…', '-'],
);
const hostile = fc.array(token, { maxLength: 60 }).map((tokens) => tokens.join(''));
const whole = (parts: readonly AnswerPart[]) =>
  parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('');

test('a stream cut anywhere says the same as the whole, and shows all of its text', () => {
  fc.assert(
    fc.property(hostile, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (raw, sizes) => {
      const stream = answerStream();
      const parts: AnswerPart[] = [];
      for (let at = 0, turn = 0; at < raw.length; turn++) {
        const size = sizes[turn % sizes.length] as number;
        parts.push(...stream.push(raw.slice(at, at + size)));
        at += size;
      }
      const { parts: last, answer } = stream.end();
      expect(claimsIn(answer)).toEqual(parseAnswer(raw));
      expect(whole([...parts, ...last])).toBe(answer.text);
      for (const part of [...parts, ...last])
        if (part.type === 'text') expect(part.text.isWellFormed()).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test('no marker with a quote is ever shown, however markers are nested and broken', () => {
  const marker =
    /[[［【]\s*\^?\s*(?:sources?|fontes?|refs?)?\.?\s*[1-9]\d{0,2}\s*:?\s*["“”„«‘'](?:.|\n(?!\s*\n)){0,2000}["”“»’']\s*[\]］】]/iu;
  fc.assert(
    fc.property(hostile, (raw) => {
      expect(parseAnswer(raw).text).not.toMatch(marker);
    }),
    { numRuns: 5_000 },
  );
});

test('reads a megabyte of half markers in linear time', () => {
  const started = performance.now();
  for (const piece of ['[1: "', '[[', '[1,', '[1: "a"; ', '[source ', '`[1]']) {
    parseAnswer(piece.repeat(Math.ceil(200_000 / piece.length)));
  }
  expect(performance.now() - started).toBeLessThan(8_000);
});

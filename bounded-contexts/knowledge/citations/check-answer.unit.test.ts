import { describe, expect, test } from 'vitest';
import { extractive } from '../../../infra/providers/builtin/extractive.ts';
import { checkAnswer, citationChecker, parseAnswer, type Source } from '../index.ts';

const text =
  'The warranty lasts 24 months from delivery. It does not cover water damage. ' +
  'Orders over R$ 200 ship free within 5 days. The support line answers from 9 to 17. ' +
  'Ana Souza leads the repair shop in Recife. Em 2023 as reclamações caíram 12 %.';
const sources: Source[] = [
  {
    document: 'd1',
    revision: 'r1',
    text,
    chunk: { start: 0, end: 76 },
    pages: [
      { start: 0, end: 76 },
      { start: 76, end: text.length },
    ],
  },
  { document: 'd1', revision: 'r1', text, chunk: { start: 76, end: text.length } },
  {
    document: 'd2',
    revision: 'r9',
    text: 'Refunds are paid within 10 days of the return.',
    chunk: { start: 0, end: 46 },
    page: 3,
  },
];
const check = (raw: string) => checkAnswer(parseAnswer(raw), sources);

describe('an answer is checked', () => {
  test('quote by quote as it streams, with the same result', () => {
    const checker = citationChecker(sources);
    const found = checker.check({ source: 1, quote: 'lasts 24 months' });
    expect(found).toMatchObject({ source: 1, how: 'exact', citation: { quote: 'lasts 24 months', page: 1 } });
    expect(checker.check({ source: 1, quote: 'lasts 25 months' })).toBe('not-found');
    expect(checker.check({ source: 1, quote: 'months' })).toBe('too-short');
  });

  test('its citations point into the canonical text, with page, quote and place of the sign', () => {
    const checked = check(
      'It lasts 24 months [1: "Warranty lasts 24 months"]. Refunds take 10 days. [3: "paid within 10 days"]',
    );
    expect(checked.citations).toEqual([
      {
        document: 'd1',
        revision: 'r1',
        page: 1,
        start: 4,
        end: 28,
        quote: 'warranty lasts 24 months',
        source: 1,
        at: 18,
        how: 'normalised',
      },
      {
        document: 'd2',
        revision: 'r9',
        page: 3,
        start: 12,
        end: 31,
        quote: 'paid within 10 days',
        source: 3,
        at: 41,
        how: 'exact',
      },
    ]);
    expect(checked).toMatchObject({ coverage: 1, support: 1, dropped: [] });
  });

  test('a lying model gets none of its quotes through, and what was dropped is said', () => {
    const checked = check(
      'It lasts ten years [1: "The warranty lasts ten years"]. Also cars [7: "cars are covered too"]. Yes, all [2].',
    );
    expect(checked.citations).toEqual([]);
    expect(checked.dropped).toEqual([
      { quote: 'The warranty lasts ten years', source: 1, reason: 'not-found' },
      { quote: 'cars are covered too', source: 7, reason: 'not-found' },
      { quote: 'Yes, all.', source: 2, reason: 'no-quote' },
    ]);
    expect(checked.claims.map(({ verdict }) => verdict)).toEqual(['not-found', 'not-found', 'not-found']);
  });

  test('a quote under the wrong number is cited from where it stands', () => {
    expect(check('Refunds take 10 days. [1: "paid within 10 days"]').citations[0]).toMatchObject({
      document: 'd2',
      source: 3,
    });
  });

  test.each([
    ['It lasts 24 months [1: "lasts 24 months from delivery"].', 'supported', []],
    ['A garantia dura 24 meses [1: "warranty lasts 24 months"].', 'not-found', ['other-words']],
    [
      'The warranty lasts 12 months [1: "warranty lasts 24 months from delivery"].',
      'contradicted',
      ['number'],
    ],
    [
      'The warranty does cover water damage [1: "It does not cover water damage"].',
      'contradicted',
      ['negation'],
    ],
    ['Orders over R$ 200 ship free [2: "Orders over R$ 200 ship free within 5 days"].', 'supported', []],
    [
      'Orders below R$ 200 ship free [2: "Orders over R$ 200 ship free within 5 days"].',
      'contradicted',
      ['opposite'],
    ],
    ['The repair shop is led by Carla Dias [2: "leads the repair shop in Recife"].', 'not-found', ['name']],
    ['The repair shop is led by Ana Souza [2: "leads the repair shop in Recife"].', 'supported', []],
    ['As reclamações aumentaram 12 % [2: "as reclamações caíram 12 %"].', 'contradicted', ['opposite']],
    ['As reclamações não caíram 12 % [2: "as reclamações caíram 12 %"].', 'contradicted', ['negation']],
    ['Em 2021 as reclamações caíram 12 % [2: "as reclamações caíram 12 %"].', 'contradicted', ['number']],
    ['It rains often in spring [1: "lasts 24 months from delivery"].', 'not-found', ['other-words']],
  ])('%s → %s', (raw, verdict, reasons) => {
    expect(check(raw).claims[0]).toMatchObject({ verdict, reasons });
  });

  test('a judge decides where there is a quote, and never where there is none', () => {
    const parsed = parseAnswer('It lasts long [1: "lasts 24 months from delivery"]. It is red.');
    const { claims } = checkAnswer(parsed, sources, { judge: () => 'supported' });
    expect(claims.map(({ verdict, reasons }) => [verdict, reasons])).toEqual([
      ['supported', ['judge']],
      ['not-found', ['no-quote']],
    ]);
  });

  test('sentences that are the words of a source are cited without markers, also behind a number', () => {
    const checked = check(
      'According to the manual: It does not cover water damage. The support line answers from 9 to 17 [2].',
    );
    expect(checked.citations.map(({ quote }) => quote)).toEqual([
      'It does not cover water damage.',
      'The support line answers from 9 to 17.',
    ]);
    expect(checked).toMatchObject({ coverage: 1, support: 1, dropped: [] });
  });

  test('a quote of what the model was not shown is found in the source that it names, and in no other', () => {
    const long = { ...sources[0], chunk: { start: 0, end: 43 } } as Source;
    const raw = (number: number) => `It does not cover water. [${number}: "does not cover water damage"]`;
    expect(checkAnswer(parseAnswer(raw(1)), [long]).coverage).toBe(1);
    expect(checkAnswer(parseAnswer(raw(2)), [long, sources[2] as Source]).coverage).toBe(0);
  });

  test('a hundred false quotes and unsigned claims against ten long sources are told apart in a moment', () => {
    const filler = 'Nothing of what is said here bears on anything. '.repeat(20_000);
    const many = Array.from(
      { length: 10 },
      (_, at): Source => ({
        document: `d${at}`,
        revision: 'r',
        text: `${filler}${at}`,
        chunk: { start: 0, end: 1_000 },
      }),
    );
    const raw = Array.from({ length: 100 }, (_, at) =>
      at % 2 === 0
        ? `Claim ${at} is made [${(at % 10) + 1}: "words that are nowhere ${at}"].`
        : `Claim ${at} is not signed.`,
    );
    const started = performance.now();
    expect(checkAnswer(parseAnswer(raw.join(' ')), many)).toMatchObject({ citations: [], coverage: 0 });
    // Fifty megabytes are searched twice; ten times what that takes on an idle core.
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  test('nothing claimed is nothing covered', () => {
    expect(check('[not found] Nothing is said about that.')).toMatchObject({
      notFound: true,
      coverage: 0,
      support: 0,
      claims: [],
    });
  });
});

test('what builtin/extractive answers comes out as fully cited', async () => {
  const provider = extractive(() => 0);
  const call = {
    operation: 'chat' as const,
    model: 'extractive',
    body: { messages: [{ role: 'user', content: text }] },
    signal: new AbortController().signal,
  };
  const { text: raw } = await provider.complete(call);
  const checked = check(raw);
  expect(checked.citations.length).toBe(2);
  expect(checked).toMatchObject({ coverage: 1, support: 1, dropped: [] });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countedAnswer, countedQuestion } from './counted.ts';
import { extractedAnswer } from './extract.ts';
import { commonThemes, type ThemeRow } from './themes.ts';

const rowsOf = (texts: readonly (readonly [string, number])[]): { rows: ThemeRow[]; text: string } => {
  let text = '';
  const rows = texts.map(([said, score]) => {
    const start = text.length;
    text += `${said}\n`;
    return {
      document: 'doc_1',
      revision: 1,
      start,
      end: start + said.length,
      text: said,
      fields: { review_score: String(score) },
    };
  });
  return { rows, text };
};

const times = (count: number, make: (n: number) => readonly [string, number]) =>
  Array.from({ length: count }, (_, n) => make(n));

const reviews = rowsOf([
  ...times(12, (n) => [`Nunca recebi o produto ${n}, um absurdo`, 1]),
  ...times(7, (n) => [`A caixa veio com defeito na tampa ${n}`, 2]),
  ...times(20, (n) => [`Entrega rápida e produto de boa qualidade ${n}`, 5]),
]);

describe('common themes', () => {
  test('are counted by rows, in whatever form of their words, most frequent first', () => {
    const low = reviews.rows.filter(({ fields }) => Number(fields['review_score']) <= 2);
    const high = reviews.rows.filter(({ fields }) => Number(fields['review_score']) > 2);
    const themes = commonThemes(low, high, 'pt');
    expect(themes[0]).toMatchObject({ label: 'nunca recebi', count: 12 });
    expect(themes.some(({ count, example }) => count === 7 && example.text.includes('defeito'))).toBe(true);
  });

  test('count what they say they count: an independent count of the example’s words agrees', () => {
    const nouns = ['lamp', 'cable', 'screen', 'door'];
    const verbs = ['broke', 'leaks', 'squeaks'];
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...nouns), fc.constantFrom(...verbs)), {
          minLength: 10,
          maxLength: 80,
        }),
        (said) => {
          const { rows } = rowsOf(said.map(([noun, verb]) => [`The ${noun} ${verb} again`, 1]));
          for (const { count, example } of commonThemes(rows, [], 'en')) {
            const [, noun, verb] = example.text.split(' ');
            const same = said.filter(([n, v]) => n === noun && v === verb).length;
            expect(count).toBe(same);
          }
        },
      ),
    );
  });

  test('answer what is asked of all rows, in the question’s language, each with a quote that is a row', () => {
    const asked = countedQuestion('Quais são as reclamações mais comuns?');
    expect(asked).toEqual({ of: 'complaints' });
    const answer = countedAnswer(asked ?? { of: 'all' }, reviews.rows, () => reviews.text, 'pt');
    expect(answer?.text).toContain('em 19 de 39 comentários (os de review_score até 2)');
    expect(answer?.text).toContain('**nunca recebi**: 12 comentários');
    for (const { chunk, text } of answer?.sources ?? [])
      expect(answer?.text).toContain(text.slice(chunk.start, chunk.end).trim());
    expect(countedQuestion('When is the shop open?')).toBeUndefined();
    expect(countedAnswer({ of: 'all' }, reviews.rows.slice(0, 5), () => '', 'pt')).toBeUndefined();
  });
});

describe('an answer without a model', () => {
  const sources = [
    { number: 1, text: 'Refunds are paid within 14 days. The shop is open on weekdays.' },
    { number: 2, text: 'She said "refunds are slow" and left.' },
  ];

  test('is sentences of the sources, quoted whole', () => {
    expect(extractedAnswer('Within how many days are refunds paid?', sources, 'en')).toContain(
      'Refunds are paid within 14 days. [1: "Refunds are paid within 14 days."]',
    );
  });

  test('is none where the words that the question is about are in no source', () => {
    expect(extractedAnswer('What is the capital of Mongolia?', sources, 'en')).toBeUndefined();
    expect(extractedAnswer('Is the shop in Mongolia haunted?', sources, 'en')).toBeUndefined();
    expect(extractedAnswer('', sources, 'en')).toBeUndefined();
  });
});

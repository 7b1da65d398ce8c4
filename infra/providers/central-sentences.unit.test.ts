import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mostCentralSentences } from './central-sentences.ts';

const review =
  'The phone arrived late. The phone screen is bright and the phone battery is strong. ' +
  'My neighbour likes tea. The battery of the phone lasts long and the screen is bright.';

test('the sentences that share most words with the rest come out, in the order of the text', () => {
  expect(mostCentralSentences(review, 2)).toEqual([
    'The phone screen is bright and the phone battery is strong.',
    'The battery of the phone lasts long and the screen is bright.',
  ]);
});

test('a text of no more sentences than asked for is given whole, its white space tidied', () => {
  expect(mostCentralSentences('One  two.\n Three\tfour.', 5)).toEqual(['One two.', 'Three four.']);
  expect(mostCentralSentences(' \n ', 2)).toEqual([]);
});

test('of any text: at most so many sentences, each from the text, in its order, always the same', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 400 }),
      fc.integer({ min: 1, max: 4 }),
      (text, count) => {
        const best = mostCentralSentences(text, count);
        expect(best.length).toBeLessThanOrEqual(count);
        const tidy = text.replace(/\s+/g, ' ');
        let from = 0;
        for (const sentence of best) {
          const at = tidy.indexOf(sentence, from);
          expect(at).toBeGreaterThanOrEqual(from);
          from = at + sentence.length;
        }
        expect(mostCentralSentences(text, count)).toEqual(best);
      },
    ),
  );
});

test('a very long text takes no more than its beginning', () => {
  expect(mostCentralSentences('Same words here again. '.repeat(20_000), 3)).toHaveLength(3);
});

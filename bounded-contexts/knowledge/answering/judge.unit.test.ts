import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { guardPolicy } from '../../../schemas/guardrails.ts';
import { priorModel } from '../confidence/index.ts';
import { edited } from './edited.ts';
import type { Found } from './find.ts';
import { judge } from './judge.ts';
import type { AnswerRules } from './question.ts';
import { quoteHash } from './quote-hash.ts';

const rules = (out: object): AnswerRules => ({
  mode: 'hybrid',
  k: 8,
  weights: { dense: 0.7, keyword: 0.3 },
  options: { diversify: false, expand: 0, hypothetical: false, decompose: false, hops: 0, rerank: 'off' },
  threshold: 0.3,
  escalateNotFound: false,
  cache: true,
  guard: guardPolicy.parse({ version: 1, out }),
});

const text =
  'The clerk writes to ana@example.org about refunds. Refunds are paid within 14 days of the return. Shipping is free.';
const found: Found = {
  hits: [],
  passages: [],
  sources: [{ document: 'd', revision: '1', text, chunk: { start: 0, end: text.length } }],
  shown: [text],
  guard: [],
  action: 'pass',
};
const judged = (raw: string, out: object = {}) =>
  judge(raw, found, { rules: rules(out), question: 'Who writes about refunds?' }, priorModel, 'pass');

describe('an answer as it may be read', () => {
  test('is redacted in text, claims and quotes; its offsets are those of what is shown, its proof that of the source', () => {
    const clerk = 'The clerk writes to ana@example.org about refunds.';
    const paid = 'Refunds are paid within 14 days of the return.';
    const { checked } = judged(`${clerk} [1: "${clerk}"] ${paid} [1: "${paid}"]`, {
      personalData: { email: 'redact' },
    });
    const shown = 'The clerk writes to [EMAIL] about refunds.';
    expect(checked.text).toBe(`${shown} ${paid}`);
    expect(checked.citations).toMatchObject([
      { at: shown.length, quote: shown, proof: quoteHash(clerk), start: 0, end: clerk.length },
      { at: checked.text.length, quote: paid, proof: quoteHash(paid) },
    ]);
    for (const claim of checked.claims) expect(checked.text.slice(claim.start, claim.end)).toBe(claim.text);
  });

  test('is without the sentence whose quote was made up, and the signs of what is left stay in place', () => {
    const paid = 'Refunds are paid within 14 days of the return.';
    const lie = 'Refunds are paid in gold on request.';
    const { checked } = judged(
      `${lie} [1: "${lie}"] ${paid} [1: "${paid}"] And "gold is always better" they say.`,
    );
    expect(checked.text).toBe(paid);
    expect(checked.citations).toMatchObject([{ at: paid.length, quote: paid }]);
    expect(checked.claims).toMatchObject([{ text: paid, citations: [0], verdict: 'supported' }]);
    expect(checked.dropped).toMatchObject([{ quote: lie, reason: 'not-found' }]);
  });

  test('keeps what is merely without a quote, and words in quote marks that the question has', () => {
    const { checked } = judged(
      'It is "who writes about refunds" that is asked. Shipping is free. [1: "Shipping is free."]',
    );
    expect(checked.claims).toMatchObject([{ verdict: 'not-found' }, { verdict: 'supported' }]);
  });

  test('ends where no answer is longer', () => {
    const { checked } = judged('Shipping is free. [1: "Shipping is free."]\n\n'.repeat(5_000));
    expect(checked.text.length).toBeLessThan(60_000);
    expect(checked.citations.length).toBe(200);
    for (const claim of checked.claims)
      for (const index of claim.citations) expect(checked.citations[index]).toBeDefined();
  });
});

test('whatever is edited, what lies outside of the edits is found again by its offset', () => {
  const edit = fc.record({ start: fc.nat(60), size: fc.nat(12), text: fc.string({ maxLength: 6 }) });
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), fc.array(edit, { maxLength: 6 }), (before, given) => {
      const edits = given.flatMap(({ start, size, text: words }) =>
        start + size <= before.length ? [{ start, end: start + size, text: words }] : [],
      );
      const { text: after, at } = edited(before, edits);
      for (let offset = 0; offset < before.length; offset++) {
        const touched = edits.some(({ start, end }) => offset >= start && offset <= end);
        if (!touched) expect(after.charAt(at(offset))).toBe(before.charAt(offset));
        expect(at(offset)).toBeLessThanOrEqual(at(offset + 1));
      }
      expect(at(before.length)).toBeLessThanOrEqual(after.length);
    }),
  );
});

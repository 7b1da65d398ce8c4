import fc from 'fast-check';
import { expect, test } from 'vitest';
import { growingText } from './growing-text.ts';

test('a growing text is what was added, whenever it is looked at', () => {
  // Halves of surrogate pairs, too: providers cut between them.
  const part = fc.oneof(fc.string({ unit: 'binary', maxLength: 3 }), fc.constantFrom('\ud83d', '\ude00', ''));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 600 }), fc.integer({ min: 1, max: 300 }), (parts, every) => {
      const text = growingText();
      let whole = '';
      parts.forEach((one, at) => {
        text.add(one);
        whole += one;
        if (at % every === 0) expect(text.whole()).toBe(whole);
      });
      expect(text.whole()).toBe(whole);
    }),
  );
});

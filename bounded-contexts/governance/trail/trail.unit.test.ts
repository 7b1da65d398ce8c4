import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { truncated } from './address.ts';
import { refusalGate } from './refusals.ts';

test.each([
  ['203.0.113.77', '203.0.113.0/24'],
  ['::ffff:203.0.113.77', '203.0.113.0/24'],
  ['2001:db8:85a3::8a2e:370:7334', '2001:db8:85a3::/48'],
  ['2001:db8::1', '2001:db8:0::/48'],
  ['::1', '0:0:0::/48'],
  ['fe80::1%eth0', 'fe80:0:0::/48'],
  ['no address', undefined],
])('of the address %s %s is kept', (address, kept) => {
  expect(truncated(address)).toBe(kept);
});

describe('the gate of refusals', () => {
  test('lets a caller’s first ones through, and counts the rest into the next', () => {
    const gate = refusalGate<string>({ each: 2, all: 100 });
    expect([1, 2, 3, 4].map((at) => gate.pass('a', 'x', at))).toEqual([0, 0, undefined, undefined]);
    expect(gate.pass('b', 'x', 5)).toBe(0);
    expect(gate.pass('a', 'x', 61_000)).toBe(2);
  });

  test('says what was left out of a caller who does not come again', () => {
    const gate = refusalGate<string>({ each: 1, all: 100 });
    gate.pass('a', 'first', 0);
    gate.pass('a', 'second', 1);
    gate.pass('b', 'other', 2);
    expect(gate.settle(59_000)).toEqual([]);
    expect(gate.settle(61_000)).toEqual([{ refusal: 'second', leftOut: 1 }]);
    expect(gate.settle(200_000)).toEqual([]);
  });

  test('lets no more through in a minute than its bound, and loses none, whoever comes when', () => {
    const came = fc.array(fc.record({ caller: fc.integer({ min: 0, max: 30 }), after: fc.nat(3_000) }), {
      minLength: 1,
      maxLength: 300,
    });
    fc.assert(
      fc.property(came, (refusals) => {
        const gate = refusalGate<number>({ each: 3, all: 20 });
        let now = 0;
        let told = 0;
        const recorded: number[] = [];
        for (const { caller, after } of refusals) {
          now += after;
          const leftOut = gate.pass(String(caller), caller, now);
          if (leftOut === undefined) continue;
          recorded.push(now);
          told += 1 + leftOut;
        }
        const withLast = gate.pass('last', 0, now + 120_000) ?? 0;
        const settled = gate.settle(Number.POSITIVE_INFINITY).reduce((sum, one) => sum + one.leftOut, 0);
        expect(told + withLast + settled).toBe(refusals.length);
        for (const at of recorded)
          expect(recorded.filter((one) => one >= at && one < at + 60_000).length).toBeLessThanOrEqual(40);
      }),
    );
  });
});

import { expect, test } from 'vitest';
import { simulatedServer } from '../../infra/event-log/index.ts';
import { atEnd } from '../../infra/testing/index.ts';
import { createLedgers, type Ledgers } from '../budgets/index.ts';
import { parseUsd, uuidv7 } from '../kernel/index.ts';
import type { Call, Candidate } from './call.ts';
import { meanwhile, reserveFor } from './funds.ts';
import { costOf } from './pricing.ts';

const price = (output: string) => ({
  input: parseUsd('1'),
  cachedInput: parseUsd('1'),
  cacheWrite: parseUsd('1'),
  output: parseUsd(output),
});
const candidate = (id: string, output: string): Candidate => ({
  reason: 'test',
  model: {
    id,
    provider: 'p',
    upstream: id,
    tier: 1,
    price: price(output),
    defaultMaxTokens: 1_000,
    maxOutputTokens: undefined,
    maxTokensField: 'max_tokens',
    contextTokens: undefined,
    capabilities: undefined,
    operations: new Set(['chat']),
    local: false,
    weight: 1,
  },
});
const cheap = candidate('p/cheap', '10');
const dear = candidate('p/dear', '100');

async function ledgerWith(limit: string) {
  const log = simulatedServer().connect();
  const ledgers = createLedgers({ log, clock: () => Date.now(), writerId: 'gateway:test' });
  atEnd(() => ledgers.close());
  const policy = { scope: 'tenant', id: '', period: 'total', actor: 'admin' } as const;
  await ledgers.define('t', { ...policy, limit: parseUsd(limit), mode: 'hard' });
  return ledgers;
}

function reserveOn(ledgers: Ledgers, more: Partial<Call> = {}) {
  const call = {
    tenant: 't',
    invocation: uuidv7(),
    attribution: { key: 'k_1' },
    operation: 'chat' as const,
    inputBound: 100,
    maxTokens: undefined,
    choices: 1,
    ...more,
  };
  const ports = { ledgers, clock: () => Date.now(), callMs: 60_000, minimumMaxTokens: 64 };
  return reserveFor(ports, call, cheap);
}

const funds = async (limit: string, more: Partial<Call> = {}) => reserveOn(await ledgerWith(limit), more);

test('the first attempt is paid by the reservation, and what is left is known', async () => {
  const one = await funds('1');
  expect(await one.cover(cheap)).toEqual({ outputBound: 1_000, loweredTo: undefined });
  // 100 input tokens at $1 and 1,000 output tokens at $10 a million.
  expect(one.reserved).toBe(parseUsd('0.0101'));
  one.spend(parseUsd('0.002'));
  expect(one.remaining).toBe(parseUsd('0.998'));
});

test('each further attempt tops up by its own bound, after what was spent', async () => {
  const one = await funds('1');
  await one.cover(cheap);
  one.spend(parseUsd('0.0001'));
  expect(await one.cover(dear)).toEqual({ outputBound: 1_000, loweredTo: undefined });
  expect(one.reserved).toBe(parseUsd('0.0001') + parseUsd('0.1001'));
});

test('the same model once more costs no more where the first try cost nothing', async () => {
  const one = await funds('0.005');
  const first = await one.cover(cheap);
  expect(first?.loweredTo).toBe(490);
  expect(await one.cover(cheap)).toEqual(first);
});

test('an open answer is shortened where the budget cannot pay the whole of a further attempt', async () => {
  const one = await funds('0.0202');
  await one.cover(cheap);
  one.spend(costOf({ input: 100, output: 0, cached: 0, cacheWrite: 0, reasoning: 0 }, price('10')));
  const covered = await one.cover(dear);
  expect(covered?.loweredTo).toBeGreaterThanOrEqual(64);
  expect(covered?.loweredTo).toBeLessThan(1_000);
});

test('no attempt is made where the budget cannot pay even a short one, nor where the caller set a bound that it cannot', async () => {
  const poor = await funds('0.0102');
  await poor.cover(cheap);
  poor.spend(parseUsd('0.01'));
  expect(await poor.cover(dear)).toBeUndefined();
  const bounded = await funds('0.0202', { maxTokens: 1_000 });
  await bounded.cover(cheap);
  bounded.spend(parseUsd('0.0001'));
  expect(await bounded.cover(dear)).toBeUndefined();
});

test('what is done meanwhile is there with the reservation', async () => {
  const [one, sealed] = await meanwhile(funds('1'), async () => 'sealed');
  expect(sealed).toBe('sealed');
  expect(one.reserved).toBe(parseUsd('0.0101'));
});

test('where what is done meanwhile fails, all that was reserved is given back', async () => {
  // Room for one reservation: the second finds it only if the first was given back.
  const ledgers = await ledgerWith('0.0101');
  for (const failing of [
    () => {
      throw new Error('no key');
    },
    () => Promise.reject(new Error('no key')),
  ])
    await expect(meanwhile(reserveOn(ledgers, { maxTokens: 1_000 }), failing)).rejects.toThrow('no key');
  const one = await reserveOn(ledgers, { maxTokens: 1_000 });
  expect(one.reserved).toBe(parseUsd('0.0101'));
});

test('where nothing can be reserved, that is what is heard, unless the rest failed first', async () => {
  const ledgers = await ledgerWith('0.001');
  const asked = () => reserveOn(ledgers, { maxTokens: 1_000 });
  await expect(meanwhile(asked(), async () => 'sealed')).rejects.toMatchObject({ code: 'budget.exceeded' });
  await expect(meanwhile(asked(), () => Promise.reject(new Error('no key')))).rejects.toThrow('no key');
});

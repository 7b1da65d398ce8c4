import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RoutingPolicy, routingSchema } from '../../../schemas/config/routing.ts';
import { parseUsd } from '../../kernel/index.ts';
import { catalogueOf, type Model } from '../catalogue.ts';
import { type Conditions, decide, notAllowed, type Question } from './decide.ts';
import { explain } from './explain.ts';
import { planOf, publishablePlan } from './plan.ts';

const model = (id: string, tier: 0 | 1 | 2 | 3, more: Partial<Model> = {}): Model => ({
  id,
  provider: id.split('/')[0] ?? '',
  upstream: id,
  tier,
  price: {
    input: parseUsd(String(tier)),
    cachedInput: 0n,
    cacheWrite: 0n,
    output: parseUsd(String(tier * 4)),
  },
  defaultMaxTokens: 4096,
  maxOutputTokens: undefined,
  maxTokensField: 'max_tokens',
  contextTokens: undefined,
  capabilities: undefined,
  operations: new Set(['chat']),
  local: tier === 0,
  weight: 1,
  ...more,
});

const fleet = [
  model('home/small', 0),
  model('cloud/a', 1),
  model('cloud/b', 1),
  model('eyes/v', 2, { contextTokens: 1_000 }),
  model('best/x', 3),
  model('builtin/extractive', 0, { capabilities: new Set() }),
];
const policy = (more: object = {}): RoutingPolicy => routingSchema.parse(more);
const planned = (models = fleet, more: object = {}, aliases: [string, string[]][] = []) =>
  planOf(publishablePlan(catalogueOf(models, new Map(aliases)), policy(more)));

const calm: Conditions = { open: {}, down: [] };
const ask = (more: Partial<Question> = {}): Question => ({
  model: 'auto',
  operation: 'chat',
  needs: [],
  chars: 100,
  maxTokens: undefined,
  private: false,
  features: { chars: 100, messages: 1, images: 0, tools: false, json: false, code: false, cues: 0 },
  seed: 'seed',
  ...more,
});
const ids = (question: Question, plan = planned(), conditions = calm) =>
  decide(question, plan, conditions).candidates.map((one) => one.model);

describe('a name', () => {
  test('of a model means that model', () => {
    expect(ids(ask({ model: 'cloud/b' }))).toEqual(['cloud/b']);
  });

  test('of a model, where the policy fails over, means its tier, the next and the best after it', () => {
    expect(ids(ask({ model: 'cloud/b' }), planned(fleet, { exact: 'fail-over' }))).toEqual([
      'cloud/b',
      'cloud/a',
      'eyes/v',
      'best/x',
    ]);
  });

  test('of a route means its models in the order given, and those that are gone are not there', () => {
    const plan = planned(fleet, {}, [['fast', ['cloud/b', 'gone/z', 'cloud/a']]]);
    expect(ids(ask({ model: 'fast' }), plan)).toEqual(['cloud/b', 'cloud/a']);
  });

  test('without a provider means all who serve it', () => {
    const plan = planned([...fleet, model('other/a', 1)]);
    expect(ids(ask({ model: 'a' }), plan)).toEqual(['cloud/a', 'other/a']);
  });

  test('that nobody has leads nowhere, and nothing is excluded', () => {
    expect(decide(ask({ model: 'nobody' }), planned(), calm)).toEqual({ candidates: [], excluded: [] });
  });

  test('of a tier means that tier, the one above and the best', () => {
    expect(ids(ask({ model: 'tier-1' }))).toEqual(['cloud/a', 'cloud/b', 'eyes/v', 'best/x']);
    expect(ids(ask({ model: 'tier-3' }))).toEqual(['best/x']);
  });

  test('of a tier that is empty means the next best there is', () => {
    const plan = planned(fleet.filter((one) => one.tier < 2));
    expect(ids(ask({ model: 'tier-3' }), plan)).toEqual(['cloud/a', 'cloud/b', 'home/small']);
  });
});

describe('auto', () => {
  test('takes the local tier for a small question, and never the answer without a model where there is one', () => {
    expect(ids(ask())).toEqual(['home/small', 'cloud/a', 'cloud/b', 'best/x']);
  });

  test('takes a better tier for what is harder, and says by which points', () => {
    const hard = ask({
      features: { chars: 9_000, messages: 3, images: 0, tools: true, json: true, code: true, cues: 2 },
    });
    const { candidates } = decide(hard, planned(), calm);
    expect(candidates[0]).toEqual({
      model: 'best/x',
      reason: expect.stringMatching(/^\d+ points \(9000 characters: 22, .*code: 15.*\): tier 3$/),
    });
  });

  test('takes a model that sees for an image', () => {
    const seen = ask({
      features: { chars: 10, messages: 1, images: 1, tools: false, json: false, code: false, cues: 0 },
    });
    expect(ids(seen)[0]).toBe('eyes/v');
  });

  test('takes one tier less when a soft budget nears its limit, and says so', () => {
    const medium = ask({
      features: { chars: 8_000, messages: 1, images: 0, tools: false, json: false, code: true, cues: 0 },
    });
    expect(ids(medium)[0]).toBe('cloud/a');
    const { candidates } = decide(medium, planned(), { ...calm, pressure: 0.93 });
    expect(candidates[0]?.model).toBe('home/small');
    expect(candidates[0]?.reason).toContain('93 % of a soft budget is used');
  });
});

describe('a model is left out, and the reason is given', () => {
  const why = (question: Question, conditions = calm, id = 'eyes/v') =>
    decide(
      question,
      planned([...fleet, model('text/only', 2, { capabilities: new Set(['tools']) })]),
      conditions,
    ).excluded.find((one) => one.model === id)?.reason;

  test.each([
    ['for privacy', ask({ model: 'tier-2', private: true }), calm, 'eyes/v', 'privacy: it runs outside'],
    [
      'for what it cannot do',
      ask({ model: 'tier-2', needs: ['vision'] }),
      calm,
      'text/only',
      'cannot do vision',
    ],
    [
      'for a request that it cannot read',
      ask({ model: 'tier-2', chars: 60_000 }),
      calm,
      'eyes/v',
      'reads 1000 tokens, the request has at least 10000',
    ],
    [
      'while its circuit is open',
      ask({ model: 'tier-2' }),
      { ...calm, open: { 'eyes/v': '2026-11-20T14:03:00.000Z' } },
      'eyes/v',
      'its circuit is open since 2026-11-20T14:03:00.000Z',
    ],
    [
      'for another operation',
      ask({ model: 'eyes/v', operation: 'embeddings' }),
      calm,
      'eyes/v',
      'does not serve embeddings',
    ],
  ] as const)('%s', (_name, question, conditions, id, reason) => {
    expect(why(question, conditions, id)).toBe(reason);
  });

  test('a provider whose health check failed is tried late, not never', () => {
    expect(ids(ask({ model: 'tier-1' }), planned(), { ...calm, down: ['cloud'] })).toEqual([
      'cloud/a',
      'cloud/b',
      'eyes/v',
      'best/x',
    ]);
    const plan = planned([...fleet, model('other/c', 1)]);
    expect(ids(ask({ model: 'tier-1' }), plan, { ...calm, down: ['cloud'] })[0]).toBe('other/c');
  });
});

describe('among equals', () => {
  const three = [
    model('a/x', 1, { price: { input: 9n, cachedInput: 0n, cacheWrite: 0n, output: 9n } }),
    model('b/x', 1, { price: { input: 1n, cachedInput: 0n, cacheWrite: 0n, output: 1n }, weight: 3 }),
    model('c/x', 1, { price: { input: 5n, cachedInput: 0n, cacheWrite: 0n, output: 5n } }),
  ];
  const costly = three.map((one) => ({
    ...one,
    price: { ...one.price, input: one.price.input * 1_000_000n, output: one.price.output * 1_000_000n },
  }));

  test('the cheapest is first with least-cost', () => {
    expect(ids(ask({ model: 'tier-1' }), planned(costly, { strategy: 'least-cost' }))).toEqual([
      'b/x',
      'c/x',
      'a/x',
    ]);
  });

  test('the fastest is first with least-latency, after those never measured', () => {
    expect(
      ids(ask({ model: 'tier-1' }), planned(three, { strategy: 'least-latency' }), {
        ...calm,
        latency: { 'a/x': 80, 'b/x': 300 },
      }),
    ).toEqual(['c/x', 'a/x', 'b/x']);
  });

  test('each is first about as often as its weight says', () => {
    const plan = planned(three, { strategy: 'weighted' });
    const firsts = Array.from(
      { length: 2_000 },
      (_, seed) => ids(ask({ model: 'tier-1', seed: `s${seed}` }), plan)[0],
    );
    const share = firsts.filter((id) => id === 'b/x').length / firsts.length;
    expect(share).toBeGreaterThan(0.55);
    expect(share).toBeLessThan(0.65);
  });
});

const questions = fc.record({
  model: fc.constantFrom('auto', 'tier-0', 'tier-1', 'tier-2', 'tier-3', 'cloud/a', 'a', 'fast', 'nobody'),
  needs: fc.subarray(['tools', 'vision', 'json'] as const),
  chars: fc.integer({ min: 0, max: 100_000 }),
  private: fc.boolean(),
  seed: fc.uuid(),
});

test('a private call never has a candidate that runs outside, whatever else is true', () => {
  fc.assert(
    fc.property(questions, fc.constantFrom('only', 'fail-over'), (asked, exact) => {
      const plan = planned(fleet, { exact }, [['fast', ['best/x', 'home/small']]]);
      for (const id of ids(ask({ ...asked, private: true }), plan))
        expect(fleet.find((one) => one.id === id)?.local).toBe(true);
    }),
  );
});

test('a decision is the same when it is computed again from what was published', () => {
  fc.assert(
    fc.property(questions, fc.constantFrom('order', 'weighted', 'least-cost'), (asked, strategy) => {
      const catalogue = catalogueOf(fleet, new Map([['fast', ['best/x', 'home/small']]]));
      const published = publishablePlan(catalogue, policy({ strategy }));
      const again = planOf(JSON.parse(JSON.stringify(published)));
      expect(decide(ask(asked), again, calm)).toEqual(decide(ask(asked), planOf(published), calm));
    }),
  );
});

test('each model is a candidate or excluded, once', () => {
  fc.assert(
    fc.property(questions, (asked) => {
      const { candidates, excluded } = decide(ask(asked), planned(), calm);
      const all = [...candidates, ...excluded].map((one) => one.model);
      expect(new Set(all).size).toBe(all.length);
    }),
  );
});

describe('what a key may call', () => {
  const limited = (models: readonly string[], tiers: readonly number[] = []) => ({
    allowed: { models, tiers },
  });

  test('is all that is left, by pattern and by tier, each other one with its reason', () => {
    const question = ask({ model: 'tier-1', ...limited(['cloud/*', 'best/x'], [3]) });
    const { candidates, excluded } = decide(question, planned(), calm);
    expect(candidates.map((one) => one.model)).toEqual(['best/x']);
    for (const { reason } of excluded) expect(reason).toBe(notAllowed);
    expect(excluded.map((one) => one.model)).toEqual(
      expect.arrayContaining(['cloud/a', 'cloud/b', 'eyes/v']),
    );
  });

  test('is limited by nothing where both lists are empty', () => {
    expect(ids(ask(limited([])))).toEqual(ids(ask()));
  });

  test('is recorded, so that the decision follows from the log alone', () => {
    const question = ask({ model: 'tier-1', ...limited(['cloud/b']) });
    const { candidates, excluded } = decide(question, planned(), calm);
    const decision = {
      plan: 'p',
      asked: { needs: [], chars: 100, allowed: { models: ['cloud/b'], tiers: [] } },
      seen: { open: {}, down: [] },
      candidates: [...candidates],
      excluded: [...excluded],
    };
    const call = { invocation: 'seed', requestedModel: 'tier-1', private: false, decision };
    expect(explain(call, planned())).toMatchObject({ holds: true, differences: [] });
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ConfidenceFeatures,
  confidenceOf,
  decideEscalation,
  featureNames,
  featuresOf,
  fitConfidence,
  heldOutReliability,
  type Outcome,
  priorModel,
  reliability,
} from '../index.ts';

const good: ConfidenceFeatures = {
  agreement: 0.8,
  margin: 0.3,
  coverage: 1,
  support: 1,
  contradicted: 0,
  guard: 0,
};

/** A generator with a seed (mulberry32): the same outcomes in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Outcomes of a world in which the log odds of being right are `truth · (1, features)`. */
function world(truth: readonly number[], count: number, seed: number): Outcome[] {
  const next = random(seed);
  return Array.from({ length: count }, () => {
    const features = Object.fromEntries(featureNames.map((name) => [name, next()])) as Record<
      (typeof featureNames)[number],
      number
    >;
    const odds = featureNames.reduce(
      (sum, name, at) => sum + (truth[at + 1] ?? 0) * features[name],
      truth[0] ?? 0,
    );
    return { features, right: next() < 1 / (1 + Math.exp(-odds)) };
  });
}
/** A world in which agreement counts for much and citations for little: far from the prior. */
const truth = [-1, 3, 0, 0.5, 0.5, -1, -1];

describe('the features of an answer', () => {
  const checked = {
    coverage: 1,
    support: 0.5,
    claims: [{ verdict: 'supported' }, { verdict: 'contradicted' }],
  };
  test('are shares: agreement of rankings, margin of the best, what is cited, supported and contradicted', () => {
    const features = featuresOf({
      keyword: ['a', 'b'],
      dense: ['a', 'b'],
      scores: [0.5, 1],
      checked,
      guard: 0,
    });
    expect(features).toEqual({
      agreement: 1,
      margin: 0.5,
      coverage: 1,
      support: 0.5,
      contradicted: 0.5,
      guard: 0,
    });
  });

  test('agree less the further up rankings differ, and not at all where one is empty', () => {
    const agreement = (keyword: string[], dense: string[]) =>
      featuresOf({ keyword, dense, scores: [], checked, guard: 0 }).agreement;
    const top = agreement(['x', 'b', 'c'], ['a', 'b', 'c']);
    const bottom = agreement(['a', 'b', 'x'], ['a', 'b', 'c']);
    expect(0 < top && top < bottom && bottom < 1).toBe(true);
    expect(agreement([], ['a'])).toBe(0);
    expect(agreement(['a'], ['b'])).toBe(0);
  });

  test('are within 0 and 1 whatever comes', () => {
    const ids = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 15 });
    fc.assert(
      fc.property(ids, ids, fc.array(fc.double()), fc.double(), (keyword, dense, scores, guard) => {
        for (const value of Object.values(featuresOf({ keyword, dense, scores, checked, guard })))
          expect(value >= 0 && value <= 1).toBe(true);
      }),
    );
  });
});

describe('the prior', () => {
  test('holds until 50 outcomes, five of each kind, are recorded', () => {
    const outcomes = world(truth, 200, 1);
    expect(fitConfidence(outcomes.slice(0, 49))).toBe(priorModel);
    expect(fitConfidence(outcomes.filter(({ right }) => right).slice(0, 60))).toBe(priorModel);
    expect(fitConfidence(outcomes).kind).toBe('fitted');
  });

  test('says what its doc says: nine of ten, one of two, one of ten', () => {
    expect(confidenceOf(priorModel, good)).toBeCloseTo(0.9, 1);
    expect(confidenceOf(priorModel, { ...good, support: 0.5, coverage: 0.5 })).toBeCloseTo(0.5, 1);
    expect(confidenceOf(priorModel, { ...good, support: 0, coverage: 0 })).toBeCloseTo(0.1, 1);
    expect(confidenceOf(priorModel, { ...good, contradicted: 1, support: 0 })).toBeLessThan(0.05);
  });
});

describe('a fitted model', () => {
  const outcomes = world(truth, 3_000, 7);
  const fresh = world(truth, 3_000, 8);
  const model = fitConfidence(outcomes);

  test('finds the weights of the world that it was fitted to', () => {
    model.weights.forEach((weight, at) => {
      expect(Math.abs(weight - (truth[at] ?? 0))).toBeLessThan(0.6);
    });
  });

  test('is calibrated on outcomes that it never saw, and the prior is not', () => {
    const fitted = reliability(model, fresh);
    const prior = reliability(priorModel, fresh);
    expect(fitted.ece).toBeLessThan(0.03);
    expect(prior.ece).toBeGreaterThan(0.15);
    expect(fitted.brier).toBeLessThan(prior.brier);
    expect(fitted.bins.reduce((sum, { count }) => sum + count, 0)).toBe(3_000);
  });

  test('is the same for the same outcomes, by version too, and converges from any of them', () => {
    expect(fitConfidence(outcomes)).toEqual(model);
    expect(fitConfidence(outcomes.slice(1)).version).not.toBe(model.version);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(0, 0.5, 1), fc.boolean()), { minLength: 50, maxLength: 80 }),
        (rows) => {
          const fitted = fitConfidence(
            rows.map(([x, right]) => ({ features: { ...good, support: x, coverage: x }, right })),
          );
          expect(fitted.weights.every(Number.isFinite)).toBe(true);
        },
      ),
    );
  });

  test('stays finite where outcomes can be told apart perfectly', () => {
    const apart = Array.from({ length: 100 }, (_, at) => ({
      features: { ...good, support: at % 2 },
      right: at % 2 === 1,
    }));
    const fitted = fitConfidence(apart);
    expect(confidenceOf(fitted, { ...good, support: 1 })).toBeGreaterThan(0.9);
    expect(confidenceOf(fitted, { ...good, support: 0 })).toBeLessThan(0.15);
  });

  test('is shown with what it is worth on outcomes left out of the fit', () => {
    const held = heldOutReliability(outcomes);
    expect(held.outcomes).toBe(3_000);
    expect(held.ece).toBeLessThan(0.04);
    expect(held.brier).toBeGreaterThanOrEqual(reliability(model, outcomes).brier);
  });
});

describe('an answer goes to a person', () => {
  const fine = {
    probability: 0.9,
    claims: [{ verdict: 'supported' }],
    notFound: false,
    guard: 'pass' as const,
  };
  test.each([
    [fine, {}, []],
    [{ ...fine, probability: 0.69 }, {}, ['low-confidence']],
    [{ ...fine, probability: 0.69 }, { threshold: 0.6 }, []],
    [{ ...fine, probability: Number.NaN }, {}, ['low-confidence']],
    [{ ...fine, claims: [{ verdict: 'supported' }, { verdict: 'contradicted' }] }, {}, ['contradiction']],
    [{ ...fine, guard: 'escalate' as const }, {}, ['guard']],
    [{ ...fine, guard: 'redact' as const }, {}, []],
    [{ ...fine, claims: [{ verdict: 'not-found' }] }, {}, ['unsupported']],
    [{ ...fine, claims: [], notFound: true, probability: 0 }, {}, []],
    [{ ...fine, claims: [], notFound: true, probability: 0 }, { whenNotFound: true }, ['nothing-found']],
    [{ ...fine, asked: true, probability: 0.1 }, {}, ['asked', 'low-confidence']],
  ])('%j by %j: %j', (one, rules, reasons) => {
    expect(decideEscalation(one, rules)).toEqual({ escalate: reasons.length > 0, reasons });
  });
});

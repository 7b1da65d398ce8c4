import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { routingSchema } from '../../../schemas/config/routing.ts';
import {
  type BreakerEvent,
  type BreakerState,
  breakerDecider,
  isWatched,
  type Outcome,
  verdictOf,
} from './breaker.ts';

const settings = routingSchema.parse({}).breaker;
const fail = (invocation: string): Outcome => ({ calls: 1, failed: 'provider.error', invocation });
const ok = (calls = 1): Outcome => ({ calls });

interface Lived {
  state: BreakerState;
  events: BreakerEvent[];
}

const fresh = (): Lived => ({ state: breakerDecider.initial(), events: [] });

function observe(lived: Lived, at: number, ...outcomes: Outcome[]): Lived {
  return live(lived, at, { kind: 'observe', model: 'a/x', outcomes, at, settings });
}

function live(
  { state, events }: Lived,
  at: number,
  command: Parameters<typeof breakerDecider.decide>[0],
): Lived {
  const decided = breakerDecider.decide(command, state);
  return {
    state: decided.reduce((folded, event) => breakerDecider.evolve(folded, event, at), state),
    events: [...events, ...decided],
  };
}
const probe = (lived: Lived, at: number, invocation: string) =>
  live(lived, at, { kind: 'probe', model: 'a/x', invocation, at });
const release = (lived: Lived, at: number, invocation: string) =>
  live(lived, at, { kind: 'release', model: 'a/x', invocation });
const types = ({ events }: Lived) => events.map((event) => event.type);

const opened = observe(observe(observe(fresh(), 0, fail('i1')), 1, fail('i2')), 2, fail('i3'));

describe('a circuit', () => {
  test('opens after three failures in a row, and names the calls', () => {
    expect(types(opened)).toEqual([
      'breaker.observed',
      'breaker.observed',
      'breaker.observed',
      'breaker.opened',
    ]);
    expect(opened.events.at(-1)?.data).toMatchObject({
      cause: '3 failures in a row',
      invocations: ['i1', 'i2', 'i3'],
      probeAt: new Date(2 + 30_000).toISOString(),
    });
    expect(verdictOf(opened.state, 3)).toBe('open');
  });

  test('does not open where a success is between the failures', () => {
    const mixed = observe(observe(fresh(), 0, fail('1'), fail('2'), ok()), 1, fail('3'), fail('4'));
    expect(verdictOf(mixed.state, 2)).toBe('closed');
  });

  test('opens where half of at least twenty calls within a minute failed', () => {
    let lived = fresh();
    for (let i = 0; i < 10; i++) lived = observe(lived, i * 100, fail(`f${i}`), ok());
    expect(lived.events.at(-1)).toMatchObject({
      type: 'breaker.opened',
      data: { cause: '10 of 20 calls failed within 60 s' },
    });
  });

  test('does not count what is older than the window', () => {
    let lived = fresh();
    for (let i = 0; i < 40; i++) lived = observe(lived, i * 7_000, fail(`f${i}`), ok());
    expect(types(lived)).not.toContain('breaker.opened');
  });

  test('lets one call probe after 30 s, and no other while it is under way', () => {
    expect(verdictOf(opened.state, 30_001)).toBe('open');
    expect(verdictOf(opened.state, 30_002)).toBe('half-open');
    expect(types(probe(opened, 29_000, 'early'))).not.toContain('breaker.probed');
    const probing = probe(opened, 31_000, 'p1');
    expect(types(probing).at(-1)).toBe('breaker.probed');
    expect(verdictOf(probing.state, 31_001)).toBe('open');
    expect(types(probe(probing, 31_001, 'p2'))).toEqual(types(probing));
  });

  test('closes when the probe succeeds, and opens anew when it fails', () => {
    const probing = probe(opened, 31_000, 'p1');
    const closed = observe(probing, 31_500, { calls: 1, invocation: 'p1' });
    expect(closed.events.at(-1)?.type).toBe('breaker.closed');
    expect(verdictOf(closed.state, 31_501)).toBe('closed');
    const again = observe(probing, 31_500, fail('p1'));
    expect(again.events.at(-1)?.type).toBe('breaker.opened');
    expect(verdictOf(again.state, 61_499)).toBe('open');
    expect(verdictOf(again.state, 61_500)).toBe('half-open');
  });

  test('lets another call probe where the first one’s gateway died', () => {
    const probing = probe(opened, 31_000, 'p1');
    expect(verdictOf(probing.state, 61_000)).toBe('half-open');
    expect(types(probe(probing, 61_000, 'p2')).at(-1)).toBe('breaker.probed');
  });

  test('lets another call probe at once where the first one ended without a verdict', () => {
    const left = release(probe(opened, 31_000, 'p1'), 31_200, 'p1');
    expect(left.events.at(-1)).toEqual({
      type: 'breaker.released',
      data: { model: 'a/x', invocation: 'p1' },
    });
    expect(verdictOf(left.state, 31_200)).toBe('half-open');
    const next = probe(left, 31_201, 'p2');
    expect(types(next).at(-1)).toBe('breaker.probed');
    expect(observe(next, 31_300, { calls: 1, invocation: 'p2' }).events.at(-1)?.type).toBe('breaker.closed');
  });

  test('is given back by the call that probes it and no other, and once', () => {
    const probing = probe(opened, 31_000, 'p1');
    expect(release(probing, 31_100, 'p2').state).toEqual(probing.state);
    const left = release(probing, 31_100, 'p1');
    expect(release(left, 31_200, 'p1').events).toEqual(left.events);
    const taken = probe(probing, 61_000, 'p2');
    expect(release(taken, 61_100, 'p1').state).toEqual(taken.state);
    expect(release(observe(probing, 31_500, fail('p1')), 31_600, 'p1').state.opening).toBeDefined();
  });

  test('is not moved by calls that began before it opened', () => {
    expect(observe(opened, 5, ok(), fail('late')).state).toEqual(opened.state);
  });

  test('asks for successes only while there are failures to weigh', () => {
    expect(isWatched(breakerDecider.initial())).toBe(false);
    const failed = observe(fresh(), 0, fail('1'));
    expect(isWatched(failed.state)).toBe(true);
    expect(isWatched(observe(failed, 61_000, ok()).state)).toBe(false);
  });
});

test('whatever is observed, an open circuit lets nothing pass before its time, and one probe at most', () => {
  const step = fc.record({
    wait: fc.integer({ min: 0, max: 20_000 }),
    what: fc.constantFrom('ok', 'fail', 'probe', 'release'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let lived = fresh();
      let at = 0;
      let openedAt = Number.NEGATIVE_INFINITY;
      let probing: string | undefined;
      let probedAt = Number.NEGATIVE_INFINITY;
      steps.forEach(({ wait, what }, index) => {
        at += wait;
        const before = lived.events.length;
        lived =
          what === 'probe'
            ? probe(lived, at, `p${index}`)
            : what === 'release'
              ? release(lived, at, probing ?? 'none')
              : observe(lived, at, what === 'ok' ? ok() : fail(`f${index}`));
        for (const event of lived.events.slice(before)) {
          if (event.type === 'breaker.probed') {
            expect(at - openedAt).toBeGreaterThanOrEqual(settings.openMs);
            if (probing !== undefined) expect(at - probedAt).toBeGreaterThanOrEqual(30_000);
            probing = event.data.invocation;
            probedAt = at;
          }
          if (event.type === 'breaker.released') {
            expect(event.data.invocation).toBe(probing);
            probing = undefined;
          }
          if (event.type === 'breaker.opened') {
            openedAt = at;
            probing = undefined;
          }
        }
        expect(lived.state.probe?.invocation).toBe(probing);
      });
    }),
  );
});

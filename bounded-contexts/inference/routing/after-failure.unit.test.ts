import { describe, expect, test } from 'vitest';
import { routingSchema } from '../../../schemas/config/routing.ts';
import { type ErrorCode, errorCatalogue } from '../../../schemas/errors.ts';
import { type FailureDetails, ProviderFailure } from '../ports.ts';
import { afterFailure, countsAgainst } from './after-failure.ts';

const policy = routingSchema.parse({}).attempts;
const failure = (code: ErrorCode, details: Partial<FailureDetails> = {}) =>
  new ProviderFailure(code, 'scripted', { accepted: false, ...details });
const step = (code: ErrorCode, details: Partial<FailureDetails> = {}, tries = 1, left = 60_000) =>
  afterFailure(failure(code, details), tries, 0.5, left, policy).kind;

describe('after a failure', () => {
  test.each([
    ['a 500', 'provider.error', { status: 500 }, 'again'],
    ['a 502', 'provider.error', { status: 502 }, 'again'],
    ['a 409', 'provider.error', { status: 409 }, 'again'],
    ['a reset before headers', 'provider.unreachable', { reset: true }, 'again'],
    ['a refused connection', 'provider.unreachable', {}, 'next'],
    ['a refused key', 'provider.error', { status: 401 }, 'next'],
    ['a 503', 'provider.overloaded', { status: 503 }, 'next'],
    ['silence', 'provider.timeout', {}, 'next'],
    ['nonsense', 'provider.garbage', { accepted: true }, 'next'],
    ['an answer that broke off', 'provider.cut-off', { accepted: true }, 'next'],
    ['a request that is too long', 'provider.context-exceeded', { status: 400 }, 'next'],
    ['what its dialect cannot express', 'request.unsupported', {}, 'next'],
    ['a 429 with a short wait', 'provider.rate-limited', { status: 429, retryAfterMs: 300 }, 'again'],
    ['a 429 with a long wait', 'provider.rate-limited', { status: 429, retryAfterMs: 30_000 }, 'next'],
    ['a 429 without a word', 'provider.rate-limited', { status: 429 }, 'next'],
    ['a bad request', 'provider.rejected', { status: 400 }, 'stop'],
    ['a refusal of the content', 'provider.content-refused', { status: 400 }, 'stop'],
  ] as const)('%s: %s %j → %s', (_what, code, details, wanted) => {
    expect(step(code, details)).toBe(wanted);
  });

  test('the same model is tried twice at most', () => {
    expect(step('provider.error', { status: 500 }, 2)).toBe('next');
    expect(step('provider.rate-limited', { status: 429, retryAfterMs: 10 }, 2)).toBe('next');
  });

  test('nothing is waited for beyond the deadline', () => {
    expect(step('provider.error', { status: 500 }, 1, 50)).toBe('next');
  });

  test('the pause has a jitter of its half', () => {
    const pauses = [0, 0.5, 1].map((chance) =>
      afterFailure(failure('provider.error', { status: 500 }), 1, chance, 60_000, policy),
    );
    expect(pauses).toEqual([75, 150, 225].map((afterMs) => ({ kind: 'again', afterMs })));
  });

  test('only what says something of a provider counts against it, and a stop never does', () => {
    for (const code of Object.keys(errorCatalogue) as ErrorCode[]) {
      if (step(code) === 'stop') expect([code, countsAgainst(failure(code))]).toEqual([code, false]);
    }
    expect(countsAgainst(failure('provider.overloaded'))).toBe(true);
    expect(countsAgainst(failure('provider.rate-limited'))).toBe(false);
  });
});

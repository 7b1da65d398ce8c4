import { expect, test } from 'vitest';
import { ratesSchema } from '../../schemas/config/rates.ts';
import { anthropicRateHeaders, openAiRateHeaders, rateHeaders } from './rate-headers.ts';
import { boundsOf, refusalOf } from './rates.ts';

const asking = { family: 'calls', key: 'k_1', user: 'u_1', tokens: 700 } as const;

test('nothing configured is nothing counted', () => {
  expect(boundsOf(ratesSchema.parse({}), asking)).toEqual([]);
});

test('management is limited to 100 requests a minute a user, and null lifts that', () => {
  const management = { ...asking, family: 'management' } as const;
  expect(boundsOf(ratesSchema.parse({}).management, management)).toEqual([
    { policy: 'user-requests', scope: 'management:user:u_1', unit: 'requests', limit: 100, amount: 1 },
  ]);
  const lifted = ratesSchema.parse({ management: { user: { requestsPerMinute: null } } });
  expect(boundsOf(lifted.management, management)).toEqual([]);
});

const all = boundsOf(
  ratesSchema.parse({
    key: { requestsPerMinute: 60, tokensPerMinute: 1_000, concurrent: 4 },
    tenant: { requestsPerMinute: 600 },
  }),
  asking,
);
const standings = all.map((bound, index) => ({ bound, remaining: index, resetMs: index * 1_000 + 1 }));

test('each configured bound takes what the request is worth', () => {
  expect(all.map(({ policy, scope, amount }) => [policy, scope, amount])).toEqual([
    ['key-requests', 'calls:key:k_1', 1],
    ['key-tokens', 'calls:key:k_1', 700],
    ['key-concurrent', 'calls:key:k_1', 1],
    ['tenant-requests', 'calls:tenant', 1],
  ]);
});

test('headers say policies and standings as the draft has them', () => {
  expect(rateHeaders(standings)).toEqual({
    'RateLimit-Policy':
      '"key-requests";q=60;w=60, "key-tokens";q=1000;qu="tokens";w=60, "key-concurrent";q=4;qu="concurrent-requests", "tenant-requests";q=600;w=60',
    RateLimit:
      '"key-requests";r=0;t=1, "key-tokens";r=1;t=2, "key-concurrent";r=2, "tenant-requests";r=3;t=4',
  });
  expect(rateHeaders([])).toEqual({});
});

test('each dialect is told of its tightest bound in its own words', () => {
  expect(openAiRateHeaders(standings)).toEqual({
    'x-ratelimit-limit-requests': '60',
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-reset-requests': '1s',
    'x-ratelimit-limit-tokens': '1000',
    'x-ratelimit-remaining-tokens': '1',
    'x-ratelimit-reset-tokens': '2s',
  });
  expect(anthropicRateHeaders(standings.slice(1, 3), Date.parse('2026-11-20T10:00:00Z'))).toEqual({
    'anthropic-ratelimit-tokens-limit': '1000',
    'anthropic-ratelimit-tokens-remaining': '1',
    'anthropic-ratelimit-tokens-reset': '2026-11-20T10:00:01.001Z',
  });
});

test('a refusal says what, whose, and when again', () => {
  const [requests, , places] = all;
  if (!requests || !places) throw new Error('There are four.');
  const refused = { admitted: false, standings: [], retryAfterMs: 12_001 } as const;
  expect(refusalOf({ ...refused, refusedBy: requests })).toMatchObject({
    code: 'limit.rate-exceeded',
    message: 'At most 60 requests a minute are allowed to this key; repeat in 13 s.',
    fields: { retryAfterMs: 12_001, scope: 'key', unit: 'requests', limit: 60 },
  });
  expect(refusalOf({ ...refused, refusedBy: places })).toMatchObject({ code: 'limit.concurrent-exceeded' });
});

import { describe, expect, test } from 'vitest';
import { parseEnvironment } from '../../schemas/config/environment.ts';
import { choose } from './choose.ts';
import type { Profile } from './data-dir.ts';

const both = { natsServer: true, redisServer: true };
const none = { natsServer: false, redisServer: false };
const chosen = (variables: Record<string, string>, available: typeof both, remembered?: Profile) =>
  choose(parseEnvironment(variables), available, remembered);

const urls = {
  NATS_URL: 'nats://n:4222',
  DATABASE_URL: 'postgres://p/d',
  REDIS_URL: 'redis://r:6379',
};
const embedded: Profile = { log: 'postgres', readStore: 'postgres-embedded', counters: 'in-process' };
const onPath: Profile = { log: 'nats-private', readStore: 'postgres-embedded', counters: 'redis-private' };
const explicit: Profile = { log: 'nats-url', readStore: 'postgres-url', counters: 'redis-url' };

describe('a new data directory', () => {
  test.each([
    ['nothing at hand', {}, none, embedded],
    ['binaries on PATH', {}, both, onPath],
    ['binaries on PATH, which the profile leaves alone', { DAYBOOK_PROFILE: 'embedded' }, both, embedded],
    ['URLs, which win over binaries', urls, both, explicit],
    ['URLs, which win over the profile', { ...urls, DAYBOOK_PROFILE: 'embedded' }, none, explicit],
  ])('with %s', (_name, variables, available, profile) => {
    expect(chosen(variables, available)).toEqual(profile);
  });
});

describe('data that was made before', () => {
  test('stays with the embedded log when a nats-server is installed later; counters take it up', () => {
    expect(chosen({}, both, embedded)).toEqual({ ...embedded, counters: 'redis-private' });
  });

  test.each<[string, Record<string, string>, typeof both, Profile]>([
    ['the nats-server is gone from PATH', {}, none, onPath],
    ['the nats-server may not be used', { DAYBOOK_PROFILE: 'embedded' }, both, onPath],
    ['a NATS_URL names another log', { NATS_URL: urls.NATS_URL }, both, onPath],
    ['a NATS_URL names another log than the embedded one', { NATS_URL: urls.NATS_URL }, none, embedded],
    ['the NATS_URL is gone', { DATABASE_URL: urls.DATABASE_URL }, both, explicit],
    ['a DATABASE_URL names another Postgres', { DATABASE_URL: urls.DATABASE_URL }, none, embedded],
  ])('is never silently ignored: %s', (_name, variables, available, remembered) => {
    expect(() => chosen(variables, available, remembered)).toThrow(
      expect.objectContaining({
        code: 'config.invalid',
        message: expect.stringContaining('daybook log copy'),
      }),
    );
  });

  test.each([
    [{}, none, embedded],
    [{}, both, onPath],
    [urls, both, explicit],
  ])('goes on as it was', (variables, available, remembered) => {
    expect(chosen(variables, available, remembered)).toEqual(remembered);
  });
});

import { afterEach, expect, it, vi } from 'vitest';
import { newNatsServer } from './nats-binaries.ts';

afterEach(() => vi.unstubAllEnvs());

it('takes the server that the environment names, and says so where that is not there', () => {
  vi.stubEnv('DAYBOOK_NATS_SERVER_NEW', process.execPath);
  expect(newNatsServer()).toBe(process.execPath);
  vi.stubEnv('DAYBOOK_NATS_SERVER_NEW', '/no/such/nats-server');
  expect(() => newNatsServer()).toThrow('DAYBOOK_NATS_SERVER_NEW names /no/such/nats-server');
});

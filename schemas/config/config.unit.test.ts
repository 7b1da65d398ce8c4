import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { environmentSchema, parseEnvironment } from './environment.ts';
import { parseFileConfig } from './file.ts';

test('an empty environment is enough', () => {
  expect(parseEnvironment({})).toMatchObject({
    DAYBOOK_PORT: 8080,
    DAYBOOK_DATA_DIR: '.daybook',
    DAYBOOK_PROFILE: 'auto',
  });
});

test('an empty variable counts as unset', () => {
  expect(parseEnvironment({ NATS_URL: '', DAYBOOK_PORT: '' })).toMatchObject({ DAYBOOK_PORT: 8080 });
});

test('every wrong variable is named with what it has and what it wants', () => {
  expect(() => parseEnvironment({ DAYBOOK_PORT: 'eighty', NATS_URL: 'http://x' })).toThrow(
    /DAYBOOK_PORT: got "eighty", wants an integer.*NATS_URL: got a value, wants a URL with the scheme nats/,
  );
});

test('an unknown variable of ours is an error', () => {
  expect(() => parseEnvironment({ DAYBOOK_PROT: '80' })).toThrow(/DAYBOOK_PROT: there is no such variable/);
});

test('a secret is never repeated in an error', () => {
  expect(() => parseEnvironment({ DAYBOOK_MASTER_KEY: 'short-secret' })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('short-secret') }),
  );
});

test('.env.example documents every variable and no other', () => {
  const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
  const documented = [...example.matchAll(/^([A-Z_]+)=/gm)].map((match) => match[1]);
  expect(documented.sort()).toEqual(Object.keys(environmentSchema.shape).sort());
});

const provider = { id: 'local', kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:1/v1' };

test('no file is an empty configuration with every default', () => {
  expect(parseFileConfig(null, {})).toMatchObject({
    timeZone: 'UTC',
    providers: [],
    limits: { bodyDepth: 64 },
  });
});

test('a field is named by its path, with what it got and what it wants', () => {
  expect(() => parseFileConfig({ providers: [{ ...provider, tier: 7 }] }, {})).toThrow(
    /providers\[0\]\.tier: got 7, wants/,
  );
});

test('unknown keys are errors, at every depth', () => {
  expect(() => parseFileConfig({ provider: [] }, {})).toThrow(/top level: unknown key "provider"/);
  expect(() => parseFileConfig({ limits: { bodyByte: 1 } }, {})).toThrow(/limits: unknown key "bodyByte"/);
});

test('a secret in the clear is refused, and not repeated', () => {
  expect(() => parseFileConfig({ providers: [{ ...provider, apiKey: 'sk-clear' }] }, {})).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(/^(?!.*sk-clear).*providers\[0\]\.apiKey: got a secret in the clear/),
    }),
  );
});

test('a secret comes by reference, and a reference to nothing is an error', () => {
  const content = { providers: [{ ...provider, apiKey: '${LOCAL_KEY}' }] };
  expect(parseFileConfig(content, { LOCAL_KEY: 'k' }).providers[0]?.apiKey).toBe('k');
  expect(() => parseFileConfig(content, {})).toThrow(/refers to LOCAL_KEY, which is not set/);
});

test('names that are used twice or that nothing defines are errors', () => {
  const model = { name: 'm', provider: 'other', price: { input: '1', output: '1' } };
  expect(() => parseFileConfig({ providers: [provider, provider], models: [model] }, {})).toThrow(
    /"local" is defined twice.*models\[0\]\.provider: got "other"/,
  );
});

test('a model without a price is an error, never a free call', () => {
  expect(() =>
    parseFileConfig({ providers: [provider], models: [{ name: 'm', provider: 'local' }] }, {}),
  ).toThrow(/models\[0\]\.price/);
});

test('what a provider of a known kind serves is not to be said again', () => {
  const content = (kind: string) => ({ providers: [{ ...provider, kind, operations: ['responses'] }] });
  expect(parseFileConfig(content('openai-compatible'), {}).providers[0]?.operations).toEqual(['responses']);
  expect(() => parseFileConfig(content('ollama'), {})).toThrow(
    /providers\[0\]\.operations: got a list, wants none/,
  );
});

test('limits that contradict each other, and origins that are none, are errors', () => {
  expect(() => parseFileConfig({ limits: { headersMs: 5_000, requestMs: 1_000 } }, {})).toThrow(
    /limits\.headersMs: got 5000, wants at most limits\.requestMs, 1000/,
  );
  expect(() => parseFileConfig({ limits: { urlBytes: 9_000, headerBytes: 8_000 } }, {})).toThrow(
    /limits\.urlBytes/,
  );
  for (const origin of ['*', 'https://app.example.com/', 'app.example.com', 'null'])
    expect(() => parseFileConfig({ http: { corsOrigins: [origin] } }, {})).toThrow(/http\.corsOrigins\[0\]/);
});

test('rates are unlimited but for management routes, and null lifts a limit', () => {
  expect(parseFileConfig(null, {}).limits.rates).toMatchObject({
    key: {},
    tenant: {},
    management: { user: { requestsPerMinute: 100 } },
  });
  const lifted = { limits: { rates: { management: { user: { requestsPerMinute: null } } } } };
  expect(parseFileConfig(lifted, {}).limits.rates.management.user.requestsPerMinute).toBeNull();
  expect(() => parseFileConfig({ limits: { rates: { key: { perMinute: 1 } } } }, {})).toThrow(
    /limits\.rates\.key: unknown key "perMinute"/,
  );
});

import { describe, expect, it } from 'vitest';
import { eventCatalogue } from './index.ts';
import { isKnownEvent, upcast } from './upcast.ts';

/** As version 1 stored them. */
const common = {
  message: 'm1',
  from: 'a1',
  messageType: 'note',
  conversation: 'c1',
  dataSubject: 'u1',
  body: 'b1',
};

describe('agent.message.sent, version 1', () => {
  it.each([
    ['*', { kind: 'broadcast', channel: 'all' }],
    ['#ops', { kind: 'broadcast', channel: 'ops' }],
    ['agent7', { kind: 'agent', id: 'agent7' }],
  ])('lifts the addressee %s', (to, expected) => {
    const lifted = upcast('agent.message.sent', 1, { ...common, to });
    expect(lifted).toEqual({ ...common, to: expected });
    expect(eventCatalogue['agent.message.sent'].schema.safeParse(lifted).success).toBe(true);
  });
});

describe('key.issued, version 1', () => {
  const stored = { key: 'k_1', name: 'CI', hash: 'ab'.repeat(32) };

  it.each([
    ['admin', 'platform-admin'],
    ['service', 'service'],
  ])('lifts the role %s to %s, without limits', (role, expected) => {
    const lifted = upcast('key.issued', 1, { ...stored, role, private: true });
    const without = { scopes: [], models: [], tiers: [], department: null, user: null, expiresAt: null };
    expect(lifted).toEqual({ ...stored, private: true, role: expected, ...without });
    expect(eventCatalogue['key.issued'].schema.safeParse(lifted).success).toBe(true);
  });
});

it('leaves an event of the present version as it is', () => {
  const data = { key: 'k' };
  expect(upcast('key.revoked', 1, data)).toBe(data);
});

it('refuses a version of the future, and an old one that nothing lifts', () => {
  expect(() => upcast('key.revoked', 2, {})).toThrow(/newer than this Daybook/);
  expect(() => upcast('key.revoked', 0, {})).toThrow(/no upcast is registered/);
});

it('lifts every event type from version 1 to its present one: none is left behind', () => {
  for (const [type, { v }] of Object.entries(eventCatalogue)) {
    expect(isKnownEvent(type)).toBe(true);
    if (isKnownEvent(type) && v > 1) expect(() => upcast(type, 1, { to: 'x' })).not.toThrow();
  }
  expect(isKnownEvent('constructor')).toBe(false);
});

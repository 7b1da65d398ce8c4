import { describe, expect, test } from 'vitest';
import { type KeyCommand, type KeyEvent, keyDecider } from './key.ts';
import { hashKey, newKeySecret } from './secret.ts';

const issue: KeyCommand = { kind: 'issue', key: 'k_1', name: 'CI', hash: hashKey('s'), role: 'service' };
const revoke: KeyCommand = { kind: 'revoke', key: 'k_1' };

const decide = (command: KeyCommand, history: readonly KeyEvent[]) =>
  keyDecider.decide(
    command,
    history.reduce((state, event) => keyDecider.evolve(state, event, 0), keyDecider.initial()),
  );
const issued = decide(issue, []);
const revoked = decide(revoke, issued);

describe('a key', () => {
  test('is issued with its hash, and without itself', () => {
    expect(issued).toEqual([
      { type: 'key.issued', data: { key: 'k_1', name: 'CI', hash: hashKey('s'), role: 'service' } },
    ]);
  });

  test('is revoked once', () => {
    expect(revoked).toEqual([{ type: 'key.revoked', data: { key: 'k_1' } }]);
  });

  test.each([
    ['issued', issue, [...issued]],
    ['issued after it was revoked', issue, [...issued, ...revoked]],
    ['revoked', revoke, [...issued, ...revoked]],
  ])('that is %s again yields nothing new', (_name, command, history) => {
    expect(decide(command, history)).toEqual([]);
  });

  test('keeps its hash for ever', () => {
    expect(() => decide({ ...issue, hash: hashKey('other') }, issued)).toThrow(
      expect.objectContaining({ code: 'command.rejected' }),
    );
  });

  test('that was never issued cannot be revoked', () => {
    expect(() => decide(revoke, [])).toThrow(expect.objectContaining({ code: 'resource.not-found' }));
  });
});

test('secrets are of 32 random characters, and no two are the same', () => {
  const secrets = Array.from({ length: 200 }, newKeySecret);
  for (const secret of secrets) expect(secret).toMatch(/^dbk_[0-9A-HJKMNP-TV-Z]{32}$/);
  expect(new Set(secrets).size).toBe(secrets.length);
});

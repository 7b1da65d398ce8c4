import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type Commit,
  decodeCommit,
  encodeCommit,
  eventId,
  maxCommitBytes,
  type Position,
  uuidv7,
} from './index.ts';

const commit: Commit = {
  id: uuidv7(),
  at: 1_795_239_223_944,
  actor: 'gateway:1',
  correlation: 'c',
  causation: 'command',
  prev: 'a1-0-3' as Position,
  events: [
    { type: 'key.revoked', data: { key: 'k' }, by: { command: 'x', actor: 'y' } },
    { type: 'subject.erased', data: { subject: 's' } },
  ],
};

it('reads what it wrote, the same bytes each time', () => {
  const bytes = encodeCommit(commit);
  expect(decodeCommit(bytes)).toEqual(commit);
  expect(encodeCommit(decodeCommit(bytes))).toEqual(bytes);
  expect(eventId(commit, 1)).toBe(`${commit.id}.1`);
});

it('keeps any text as it is, lone surrogates and control characters too', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (key) => {
      const one: Commit = { ...commit, events: [{ type: 'key.revoked', data: { key } }] };
      expect(decodeCommit(encodeCommit(one))).toEqual(one);
    }),
  );
});

it('stores each event with its version, and lifts those of older versions', () => {
  const text = new TextDecoder().decode(encodeCommit(commit));
  expect(JSON.parse(text)).toMatchObject({ at: '2026-11-21T05:33:43.944Z', events: [{ v: 1 }, { v: 1 }] });
  const old = {
    ...JSON.parse(text),
    events: [{ type: 'agent.message.sent', v: 1, data: { to: '#ops' } }],
  };
  const read = decodeCommit(new TextEncoder().encode(JSON.stringify(old)));
  expect(read.events[0]?.data).toMatchObject({ to: { kind: 'broadcast', channel: 'ops' } });
});

it('refuses a commit over its size, an unknown event, a later version, and what is not UTF-8', () => {
  const large: Commit = { ...commit, events: [{ type: 'key.revoked', data: { key: 'é'.repeat(300_000) } }] };
  expect(() => encodeCommit(large)).toThrow(
    expect.objectContaining({
      code: 'log.commit-too-large',
      fields: expect.objectContaining({ limit: maxCommitBytes }),
    }),
  );
  const encoded = (events: unknown) =>
    new TextEncoder().encode(JSON.stringify({ ...commit, at: '', events }));
  expect(() => decodeCommit(encoded([{ type: 'no.such-event', v: 1, data: {} }]))).toThrow(RangeError);
  expect(() => decodeCommit(encoded([{ type: 'toString', v: 1, data: {} }]))).toThrow(RangeError);
  expect(() => decodeCommit(encoded([{ type: 'key.revoked', v: 2, data: {} }]))).toThrow(RangeError);
  expect(() => decodeCommit(new Uint8Array([0x22, 0xff, 0x22]))).toThrow(TypeError);
});

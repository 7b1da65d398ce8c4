import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DocumentCommand, type DocumentEvent, type DocumentState, documentDecider } from './document.ts';

const upload = (blob: string) => ({
  document: 'doc_1',
  department: 'd_1',
  blob,
  bytes: 10,
  details: 'c1',
  settings: {},
  tags: [],
  privacy: 'internal' as const,
  date: null,
});
const of = (revision: number) => ({ document: 'doc_1', revision });
const extracted = (revision: number): DocumentCommand => ({
  kind: 'extracted',
  ...of(revision),
  text: 't'.repeat(20),
  canonicalVersion: 1,
  chars: 5,
  pages: 0,
  type: 'text',
  language: 'en',
  notes: [],
});
const indexed = (revision: number): DocumentCommand => ({
  kind: 'indexed',
  ...of(revision),
  index: `i${revision}`.padEnd(20, 'x'),
  chunks: 1,
  model: 'm',
  dimensions: 2,
  reused: 0,
});
const start = (revision: number): DocumentCommand => ({ kind: 'start', ...of(revision), mostAttempts: 3 });
const failed = (revision: number): DocumentCommand => ({
  kind: 'failed',
  ...of(revision),
  code: 'document.empty',
  reason: 'nothing',
});
const postponed = (revision: number): DocumentCommand => ({
  kind: 'postpone',
  ...of(revision),
  code: 'budget.exceeded',
  reason: 'no room',
});

const { decide, evolve, initial } = documentDecider;
const given = (...commands: readonly DocumentCommand[]) => {
  let state = initial();
  const events: DocumentEvent[] = [];
  for (const command of commands)
    for (const event of decide(command, state)) {
      events.push(event);
      state = evolve(state, event, 1);
    }
  return { state, types: events.map(({ type }) => type) };
};
const create: DocumentCommand = { kind: 'create', ...upload('a'.repeat(43)) };
const replace: DocumentCommand = { kind: 'replace', ...upload('b'.repeat(43)) };

describe('a document', () => {
  test('is found once it is indexed, and its predecessor until then', () => {
    const before = given(create, start(1), extracted(1), indexed(1), replace, start(2), extracted(2));
    expect(before.state.live?.revision).toBe(1);
    expect(before.state.present?.status).toBe('chunking');
    const now = given(
      create,
      start(1),
      extracted(1),
      indexed(1),
      replace,
      start(2),
      extracted(2),
      indexed(2),
    );
    expect(now.state.live?.revision).toBe(2);
  });

  test('takes nothing from a worker that is late, for a revision that is no longer the newest', () => {
    const { state, types } = given(create, start(1), replace, extracted(1), indexed(1), failed(1));
    expect(types).toEqual(['document.uploaded', 'document.ingestion.started', 'document.uploaded']);
    expect(state.live).toBeUndefined();
  });

  test('is given up after so many attempts without a word, and postponements are none', () => {
    const tries = given(
      create,
      start(1),
      postponed(1),
      start(1),
      postponed(1),
      start(1),
      start(1),
      start(1),
      start(1),
    );
    expect(tries.state.present).toMatchObject({
      status: 'failed',
      failure: { code: 'document.gave-up' },
      attempts: 3,
    });
    expect(tries.types.filter((type) => type === 'document.ingestion.started')).toHaveLength(5);
  });

  test('that failed is read again when that is asked for, and one that was deleted by nobody', () => {
    const again = given(create, start(1), failed(1), { kind: 'reindex', document: 'doc_1' }, start(1));
    expect(again.state.present).toMatchObject({ status: 'extracting', attempts: 1 });
    const gone = given(create, { kind: 'delete', document: 'doc_1' }).state;
    expect(decide(start(1), gone)).toEqual([]);
    expect(() => decide({ kind: 'reindex', document: 'doc_1' }, gone)).toThrow('no such document');
  });

  test('is made once by a key that comes again, and refuses other bytes under it', () => {
    const { state } = given(create);
    expect(decide(create, state)).toEqual([]);
    expect(() => decide({ ...create, blob: 'c'.repeat(43) }, state)).toThrow(
      expect.objectContaining({ code: 'request.key-reused' }),
    );
  });

  test('changes nothing by a command that is repeated, in any history', () => {
    const command = fc.oneof(
      fc.constant(replace),
      fc.constant<DocumentCommand>({ kind: 'reindex', document: 'doc_1' }),
      fc
        .tuple(fc.constantFrom(extracted, indexed, failed, postponed), fc.integer({ min: 1, max: 3 }))
        .map(([make, revision]) => make(revision)),
      fc.integer({ min: 1, max: 3 }).map(start),
    );
    const states = (commands: readonly DocumentCommand[]) =>
      commands.reduce<DocumentState>(
        (state, one) => decide(one, state).reduce((so, event) => evolve(so, event, 1), state),
        given(create).state,
      );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 20 }), (commands) => {
        const state = states(commands);
        const { present, live } = state;
        // What is found was indexed, and is never newer than what was uploaded.
        if (live) expect(live.indexed?.revision).toBe(live.revision);
        expect(live?.revision ?? 0).toBeLessThanOrEqual(present?.revision ?? 0);
        const done = new Set(['indexed', 'failed']);
        if (!present || !done.has(present.status)) return;
        for (const one of [extracted, indexed, failed, start, postponed])
          expect(decide(one(present.revision), state)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

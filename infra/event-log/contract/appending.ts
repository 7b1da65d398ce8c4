import { describe, expect, it } from 'vitest';
import {
  appendOnce,
  encodeCommit,
  maxCommitBytes,
  type Position,
  parsePosition,
  subjectOf,
} from '../../../bounded-contexts/kernel/index.ts';
import type { Harness } from './harness.ts';
import { acme, collect, commitOf, freshSubject, happened, runId, withHarness } from './support.ts';

/** A commit whose JSON has exactly `bytes` bytes. */
function commitOfSize(bytes: number) {
  const commit = commitOf([happened('')]);
  const missing = bytes - encodeCommit(commit).length;
  return { ...commit, events: [happened('x'.repeat(missing))] };
}

export function appendingContract(make: () => Promise<Harness>): void {
  describe('appending', () => {
    const on = withHarness(make);

    it('stores a commit as it was given, at the position that it answers with', async () => {
      const subject = freshSubject();
      const commit = commitOf([happened('a'), { ...happened('é\u0000\u2028"'), by: { command: 'c1' } }], {
        correlation: 'corr',
        causation: 'cause',
        prev: null,
      });
      const result = await on.log.append(subject, commit, 'none');
      expect(result.outcome).toBe('appended');
      const stored = await on.log.last(subject);
      expect(stored?.commit).toEqual(commit);
      expect(stored?.bytes).toBe(encodeCommit(commit).length);
      expect(stored && 'position' in result && stored.position === result.position).toBe(true);
      expect(await on.log.at(stored?.position as Position)).toEqual(stored);
      expect(parsePosition(stored?.position as Position)).toEqual({
        epoch: (await on.log.info()).epoch,
        stream: stored?.stream,
        sequence: stored?.sequence,
      });
    });

    it('refuses a commit that expects none, an older or a later commit than the last', async () => {
      const subject = freshSubject();
      const first = await appendOnce(on.log, subject, commitOf(), 'none');
      const second = await appendOnce(
        on.log,
        subject,
        commitOf(),
        first.outcome === 'stored' ? first.position : 'none',
      );
      if (first.outcome !== 'stored' || second.outcome !== 'stored')
        throw new Error('no one else writes here');
      for (const expected of ['none', first.position] as const) {
        expect(await on.log.append(subject, commitOf(), expected)).toEqual({ outcome: 'wrong-expectation' });
      }
      expect((await on.log.last(subject))?.position).toBe(second.position);
      expect((await on.log.append(subject, commitOf(), second.position)).outcome).toBe('appended');
    });

    it('lets three writers share a subject: each stored commit follows the one that it expected', async () => {
      const subject = freshSubject();
      const perWriter = 30;
      let conflicts = 0;
      const write = async () => {
        const log = await on.harness.open();
        try {
          let head: Position | null = (await log.last(subject))?.position ?? null;
          for (let stored = 0; stored < perWriter; ) {
            const result = await appendOnce(
              log,
              subject,
              commitOf([happened()], { prev: head }),
              head ?? 'none',
            );
            head = result.outcome === 'stored' ? result.position : result.next.position;
            if (result.outcome === 'stored') stored++;
            else conflicts++;
          }
        } finally {
          await log.close();
        }
      };
      await Promise.all([write(), write(), write()]);
      const all = await collect(on.log.read(subject, null));
      expect(all).toHaveLength(3 * perWriter);
      expect(all.map(({ commit }) => commit.prev)).toEqual([
        null,
        ...all.slice(0, -1).map(({ position }) => position),
      ]);
      expect(conflicts).toBeGreaterThan(0);
    });

    it('stores facts without expectation, whoever else writes, in groups that are in flight together', async () => {
      const subject = subjectOf(acme, `facts${runId}`);
      const commits = Array.from({ length: 500 }, () => commitOf());
      const results = await Promise.all(commits.map((commit) => on.log.append(subject, commit, 'any')));
      expect(results.every(({ outcome }) => outcome === 'appended')).toBe(true);
      const ids = (await collect(on.log.read(subject, null))).map(({ commit }) => commit.id);
      expect(ids.toSorted()).toEqual(commits.map(({ id }) => id).toSorted());
    });

    it('stores a commit of exactly 512 KiB, and refuses one byte more', async () => {
      const subject = freshSubject();
      const largest = commitOfSize(maxCommitBytes);
      expect((await on.log.append(subject, largest, 'none')).outcome).toBe('appended');
      expect((await on.log.last(subject))?.commit).toEqual(largest);
      await expect(on.log.append(subject, commitOfSize(maxCommitBytes + 1), 'any')).rejects.toMatchObject({
        code: 'log.commit-too-large',
      });
      expect((await on.log.last(subject))?.commit.id).toBe(largest.id);
    });
  });
}

import { describe, expect, it } from 'vitest';
import {
  appendOnce,
  decodeCommit,
  foldCommit,
  load,
  type Position,
  parsePosition,
  subjectOf,
  unfolded,
} from '../../../bounded-contexts/kernel/index.ts';
import type { Harness } from './harness.ts';
import {
  acme,
  collect,
  commitOf,
  follow,
  freshSubject,
  happened,
  runId,
  soon,
  tally,
  withHarness,
} from './support.ts';

const readAll = 'es.>';

export function readingContract(make: () => Promise<Harness>): void {
  describe('reading', () => {
    const on = withHarness(make);

    /** `count` commits on a subject, each expecting the one before. */
    const chain = async (subject: ReturnType<typeof freshSubject>, count: number): Promise<Position[]> => {
      const positions: Position[] = [];
      for (let n = 0; n < count; n++) {
        const prev = positions[n - 1] ?? null;
        const result = await appendOnce(
          on.log,
          subject,
          commitOf([happened(`${n}`)], { prev }),
          prev ?? 'none',
        );
        if (result.outcome !== 'stored') throw new Error('no one else writes here');
        positions.push(result.position);
      }
      return positions;
    };

    it('finds the first commit after a position, the last, and those between', async () => {
      const subject = freshSubject();
      const other = freshSubject();
      expect([await on.log.after(subject, null), await on.log.last(subject)]).toEqual([null, null]);
      expect(await collect(on.log.read(subject, null))).toEqual([]);
      const positions = await chain(subject, 12);
      await chain(other, 2);
      expect((await on.log.after(subject, null))?.position).toBe(positions[0]);
      expect((await on.log.after(subject, positions[4] as Position))?.position).toBe(positions[5]);
      expect(await on.log.after(subject, positions[11] as Position)).toBeNull();
      expect((await on.log.last(subject))?.position).toBe(positions[11]);
      for (const from of [0, 5, 9, 11]) {
        const read = await collect(on.log.read(subject, positions[from] as Position));
        expect(read.map(({ position }) => position)).toEqual(positions.slice(from + 1));
      }
    });

    it('folds from a snapshot to the same state as from the beginning', async () => {
      const subject = freshSubject();
      await chain(subject, 20);
      const full = await load(on.log, subject, tally);
      let snapshot = unfolded(tally);
      for (const recorded of (await collect(on.log.read(subject, null))).slice(0, 13)) {
        snapshot = foldCommit(tally, snapshot, recorded);
      }
      expect(snapshot.state.total).toBe(13);
      expect(await load(on.log, subject, tally, snapshot)).toEqual(full);
      expect(full.state.total).toBe(20);
    });

    it('delivers every commit of a filter in order, and goes on from a checkpoint without loss or repeat', async () => {
      const family = `sub${runId}x${Math.trunc(performance.now())}`;
      const subject = subjectOf(acme, family);
      const filter = `es.*.*.${family}`;
      const write = (n: number) =>
        Promise.all(Array.from({ length: n }, () => on.log.append(subject, commitOf(), 'any')));
      await write(250);
      await chain(freshSubject(), 3);
      const first = await follow(
        on.log.subscribe(filter, [], { maxCommits: 40 }),
        (commits) => commits.length >= 120,
      );
      expect(first.batches.every(({ commits }) => commits.length <= 40)).toBe(true);
      await write(50);
      // Of each stream the last: that is a checkpoint.
      const checkpoint = [...new Map(first.batches.map((batch) => [batch.stream, batch.through])).values()];
      const second = await follow(
        on.log.subscribe(filter, checkpoint),
        (commits) => first.commits.length + commits.length >= 300,
      );
      const delivered = [...first.commits, ...second.commits];
      const stored = await collect(on.log.read(subject, null));
      expect(delivered).toEqual(stored);
    });

    it('keeps the order of a burst larger than any window, and delivers it in batches of bounded size', async () => {
      const family = `big${runId}x${Math.trunc(performance.now())}`;
      const subject = subjectOf(acme, family);
      const burst = Array.from({ length: 90 }, () => commitOf([happened('x'.repeat(400_000))]));
      await Promise.all(burst.map((commit) => on.log.append(subject, commit, 'any')));
      const { commits, batches } = await follow(
        on.log.subscribe(`es.*.*.${family}`, []),
        (all) => all.length >= burst.length,
      );
      expect(commits.map(({ commit }) => commit.id)).toEqual(burst.map(({ id }) => id));
      if ((await on.log.info()).adapter === 'simulated') return;
      const sizes = batches.map((batch) => batch.commits.reduce((sum, { bytes }) => sum + bytes, 0));
      expect(Math.max(...sizes)).toBeLessThan(32 * 1024 * 1024);
    });

    it('tells the stored bytes of what it delivers, once each and in order, if it tells any', async () => {
      const subject = freshSubject();
      await chain(subject, 30);
      const told: { sequence: number; subject: string; body: Uint8Array }[] = [];
      const { commits } = await follow(
        on.log.subscribe(subject, [], {
          maxCommits: 7,
          onStored: ({ sequence, subject, body }) =>
            told.push({ sequence, subject, body: Uint8Array.from(body) }),
        }),
        (all) => all.length >= 30,
      );
      if (told.length === 0) return expect((await on.log.info()).adapter).toBe('eventstoredb');
      const delivered = told.filter((one) => one.subject === subject);
      expect(delivered.map(({ sequence }) => sequence)).toEqual(commits.map(({ sequence }) => sequence));
      expect(delivered.map(({ body }) => decodeCommit(body))).toEqual(commits.map(({ commit }) => commit));
      expect(delivered.map(({ body }) => body.length)).toEqual(commits.map(({ bytes }) => bytes));
    });

    it('moves on to the end of the log where nothing matches, and says that it has caught up', async () => {
      const [before] = await chain(freshSubject(), 1);
      const subscription = on.log.subscribe(`es.*.*.nothing${runId}`, []);
      const { sequence, stream } = parsePosition(before as Position);
      const { commits, batches } = await follow(
        subscription,
        (_, batch) =>
          batch.caughtUp && batch.stream === stream && parsePosition(batch.through).sequence >= sequence,
      );
      expect(commits).toEqual([]);
      const throughs = batches
        .filter((batch) => batch.stream === stream)
        .map((batch) => parsePosition(batch.through).sequence);
      expect(throughs).toEqual(throughs.toSorted((a, b) => a - b));
    });

    it('tells an idle subscription of a new commit at once, and of one beside its filter within a second', async () => {
      const subject = freshSubject();
      const { streams } = await on.log.info();
      const end = streams.flatMap(({ last }) => last ?? []);
      const idle = on.log.subscribe(readAll, end);
      const beside = on.log.subscribe(`es.*.*.nothing${runId}`, end);
      const ends = new Map(
        streams.map(({ stream, last }) => [stream, last === null ? 0 : parsePosition(last).sequence]),
      );
      let appendedAt = 0;
      const write = soon(600).then(async () => {
        await chain(subject, 1);
        appendedAt = performance.now();
      });
      const arrived = follow(idle, (commits) =>
        commits.some((recorded) => recorded.subject === subject),
      ).then(() => performance.now());
      // By the end as it was before: the batch may be here before the append's own answer.
      const reached = follow(beside, (_, batch) => {
        const end = ends.get(batch.stream) ?? 0;
        return parsePosition(batch.through).sequence > end;
      }).then(() => performance.now());
      await write;
      expect((await arrived) - appendedAt).toBeLessThan(500);
      expect((await reached) - appendedAt).toBeLessThan(1000);
    });

    it('ends a subscription that is stopped, also while it waits, and more than once', async () => {
      const subscription = on.log.subscribe(`es.*.*.nothing${runId}`, []);
      let batches = 0;
      const reading = (async () => {
        for await (const _ of subscription) batches++;
      })();
      await soon(300);
      await Promise.all([subscription.stop(), subscription.stop()]);
      await reading;
      await subscription.stop();
      expect(batches).toBeGreaterThan(0);
    });

    it('says what it is, how far it reaches, and what an acknowledged commit survives', async () => {
      const [position] = await chain(freshSubject(), 1);
      const info = await on.log.info();
      expect(info.durability).not.toBe('');
      expect(info.version).toMatch(/\d/);
      const { stream, sequence } = parsePosition(position as Position);
      const own = info.streams.find((one) => one.stream === stream);
      expect(own?.last).toBe(position);
      expect(own?.commits).toBe(sequence);
      expect(own?.bytes).toBeGreaterThan(0);
      expect(parsePosition(own?.first as Position).sequence).toBe(1);
    });
  });
}

import { describe, expect, it } from 'vitest';
import {
  appendOnce,
  type Position,
  type Recorded,
  subjectOf,
} from '../../../bounded-contexts/kernel/index.ts';
import { isDaybookError } from '../../../schemas/errors.ts';
import type { Harness } from './harness.ts';
import {
  acme,
  collect,
  commitOf,
  eventually,
  freshSubject,
  happened,
  runId,
  soon,
  withHarness,
} from './support.ts';

export function failuresContract(make: () => Promise<Harness>): void {
  describe('failures', () => {
    const on = withHarness(make);

    it('refuses within two seconds while it cannot be reached, and goes on once it can', async () => {
      const client = await on.harness.openFragile();
      try {
        const subject = freshSubject();
        await client.log.append(subject, commitOf(), 'none');
        client.refuse();
        await soon(50);
        const begun = performance.now();
        const codes = new Set<string>();
        for (let n = 0; n < 3; n++) {
          const error: unknown = await client.log.append(subject, commitOf(), 'any').catch((e: unknown) => e);
          if (isDaybookError(error)) codes.add(error.code);
        }
        expect(performance.now() - begun).toBeLessThan(2000);
        expect([...codes]).toEqual(['log.unavailable']);
        client.cut();
        await eventually(() => client.log.append(subject, commitOf([happened('back')]), 'any'));
        expect((await on.log.last(subject))?.commit.events).toEqual([happened('back')]);
      } finally {
        await client.log.close();
      }
    });

    it('loses nothing that it acknowledged where its server is killed in mid-write, and comes back', async () => {
      if (!on.harness.killAndRestart) return expect((await on.log.info()).adapter).toBe('simulated');
      const subject = freshSubject();
      const facts = subjectOf(acme, `facts${runId}`);
      const acknowledged = new Map<Position, string>();
      let writing = true;
      let stored = 0;
      const delivered: Recorded[] = [];
      const subscription = on.log.subscribe('es.>', []);
      const reading = (async () => {
        for await (const batch of subscription) delivered.push(...batch.commits);
      })();

      const expectedError = (error: unknown) => {
        if (!isDaybookError(error, 'log.timeout') && !isDaybookError(error, 'log.unavailable')) throw error;
        return soon(20);
      };
      // Three writers of one aggregate, each a client of its own, and facts beside them.
      const writeAggregate = async () => {
        const log = await on.harness.open();
        let head: Position | null = null;
        while (writing) {
          const commit = commitOf([happened()], { prev: head });
          const result = await untilCertain(() => appendOnce(log, subject, commit, head ?? 'none'));
          if (result.outcome === 'stored') {
            acknowledged.set(result.position, commit.id);
            stored++;
          }
          head = result.outcome === 'stored' ? result.position : result.next.position;
        }
        await log.close();
      };
      // After a time-out nothing but the identical commit may be tried again.
      const untilCertain = async <T>(attempt: () => Promise<T>): Promise<T> => {
        for (;;) {
          try {
            return await attempt();
          } catch (error) {
            await expectedError(error);
          }
        }
      };
      const writeFacts = async () => {
        while (writing) {
          const commit = commitOf();
          try {
            const result = await on.log.append(facts, commit, 'any');
            if (result.outcome === 'appended') acknowledged.set(result.position, commit.id);
          } catch (error) {
            await expectedError(error);
          }
        }
      };
      const writers = [
        writeAggregate(),
        writeAggregate(),
        writeAggregate(),
        ...Array.from({ length: 8 }, writeFacts),
      ];
      for (let round = 0; round < 2; round++) {
        await soon(400);
        await on.harness.killAndRestart();
        const before = acknowledged.size;
        await eventually(async () => {
          if (acknowledged.size <= before + 20) throw new Error('nothing is written after the restart');
        }, 20_000);
      }
      writing = false;
      await Promise.all(writers);

      // A node that was killed may still be catching up: reading is repeated until it is answered.
      const chain = await untilCertain(() => collect(on.log.read(subject, null)));
      expect(chain).toHaveLength(stored);
      expect(chain.map(({ commit }) => commit.prev)).toEqual([
        null,
        ...chain.slice(0, -1).map(({ position }) => position),
      ]);
      const found = new Map<Position, string>();
      const others = await untilCertain(() => collect(on.log.read(facts, null)));
      for (const recorded of [...chain, ...others]) {
        found.set(recorded.position, recorded.commit.id);
      }
      const lost = [...acknowledged].filter(([position, id]) => found.get(position) !== id);
      expect(lost).toEqual([]);
      // The subscription that ran all the time saw each of them once, in order.
      const ours = () =>
        delivered.filter((recorded) => recorded.subject === subject || recorded.subject === facts);
      await eventually(async () => {
        if (ours().length < found.size) throw new Error(`${ours().length} of ${found.size} delivered`);
      }, 20_000);
      await subscription.stop();
      await reading;
      expect(
        ours()
          .map(({ position }) => position)
          .toSorted(),
      ).toEqual([...found.keys()].toSorted());
      const sequences = new Map<number, number>();
      for (const { stream, sequence } of delivered) {
        expect(sequence).toBeGreaterThan(sequences.get(stream) ?? 0);
        sequences.set(stream, sequence);
      }
    }, 60_000);

    it('refuses what a full disk cannot take, loses nothing, and goes on once there is room', async () => {
      const { log, makeRoom } = await on.harness.openSmall();
      try {
        const subject = freshSubject();
        const stored: string[] = [];
        let refusal: unknown;
        for (let n = 0; n < 200 && refusal === undefined; n++) {
          const commit = commitOf([happened('x'.repeat(100_000))]);
          try {
            await log.append(subject, commit, 'any');
            stored.push(commit.id);
          } catch (error) {
            refusal = error;
          }
        }
        expect(refusal).toMatchObject({ code: 'log.full' });
        expect(stored.length).toBeGreaterThan(0);
        expect((await collect(log.read(subject, null))).map(({ commit }) => commit.id)).toEqual(stored);
        if (makeRoom) {
          await makeRoom();
          await eventually(() => log.append(subject, commitOf(), 'any'));
        }
        expect((await collect(log.read(subject, null))).length).toBe(stored.length + (makeRoom ? 1 : 0));
      } finally {
        await log.close();
      }
    });
  });
}

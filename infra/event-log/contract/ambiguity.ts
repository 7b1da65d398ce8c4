import { describe, expect, it } from 'vitest';
import {
  appendOnce,
  type EventLog,
  execute,
  factWriter,
  load,
  subjectOf,
  systemClock,
  uuidv7,
} from '../../../bounded-contexts/kernel/index.ts';
import type { FragileClient, Harness } from './harness.ts';
import {
  acme,
  collect,
  commitOf,
  eventually,
  freshSubject,
  happened,
  runId,
  seen,
  tally,
  umbrella,
  withHarness,
} from './support.ts';

export function ambiguityContract(make: () => Promise<Harness>): void {
  describe('exactly once, whatever answer was lost', () => {
    const on = withHarness(make);
    const fragile = async (use: (client: FragileClient) => Promise<void>) => {
      const client = await on.harness.openFragile();
      try {
        await use(client);
      } finally {
        await client.log.close();
      }
    };
    const context = { actor: 'test:contract' };

    it('says time-out where the connection broke between send and ack, although the commit is stored', async () => {
      await fragile(async (client) => {
        const subject = freshSubject();
        const commit = commitOf();
        client.loseAnswers();
        const lost = client.log.append(subject, commit, 'none').catch((error: unknown) => error);
        await seen(on.log, subject, commit.id);
        client.cut();
        expect(await lost).toMatchObject({ code: 'log.timeout' });
      });
    });

    it('settles a lost ack by itself: the commit is stored once, and its position is the answer', async () => {
      await fragile(async (client) => {
        const subject = freshSubject();
        const commit = commitOf();
        client.loseAnswers();
        const settled = appendOnce(client.log, subject, commit, 'none');
        const position = await seen(on.log, subject, commit.id);
        client.cut();
        expect(await settled).toEqual({ outcome: 'stored', position });
        expect(await collect(on.log.read(subject, null))).toHaveLength(1);
      });
    });

    it('executes a command once whose ack was lost', async () => {
      await fragile(async (client) => {
        const subject = freshSubject();
        await execute(on.log, systemClock, subject, tally, { key: 'before' }, context);
        let lose = true;
        const log: EventLog = {
          ...client.log,
          append: (...given) => {
            if (lose) client.loseAnswers();
            lose = false;
            return client.log.append(...given);
          },
        };
        const executed = execute(log, systemClock, subject, tally, { key: 'mine' }, context);
        await eventually(async () => {
          if ((await load(on.log, subject, tally)).state.total < 2) throw new Error('not stored yet');
        });
        client.cut();
        const { state } = await executed;
        expect(state.keys).toEqual(['before', 'mine']);
        expect((await load(on.log, subject, tally)).state).toEqual(state);
      });
    });

    it('stores a fact once whose ack was lost', async () => {
      await fragile(async (client) => {
        const family = `lost${runId}x${Math.trunc(performance.now())}`;
        const subject = subjectOf(acme, family);
        const facts = factWriter({ log: client.log, clock: systemClock, actor: 'test:facts' });
        client.loseAnswers();
        const written = facts.append(acme, family, happened('fact'));
        await eventually(async () => {
          if (!(await on.log.last(subject))) throw new Error('not stored yet');
        });
        client.cut();
        const position = await written;
        const all = await collect(on.log.read(subject, null));
        expect(all.map((recorded) => recorded.position)).toEqual([position]);
      });
    });

    it('stores a command once on a subject, and says at which position', async () => {
      const subject = freshSubject();
      const commandId = uuidv7();
      const first = await on.log.append(subject, commitOf(), 'any', { commandId });
      const again = await on.log.append(subject, commitOf(), 'any', { commandId });
      if (first.outcome !== 'appended') throw new Error('the subject is new');
      expect(again).toEqual({ outcome: 'duplicate', position: first.position });
      expect(await collect(on.log.read(subject, null))).toHaveLength(1);
    });

    it('stores the same command id on two subjects', async () => {
      const commandId = uuidv7();
      for (const subject of [freshSubject(), freshSubject(), freshSubject(umbrella)]) {
        expect((await on.log.append(subject, commitOf(), 'none', { commandId })).outcome).toBe('appended');
      }
    });

    it('takes a wrong expectation after our own success for what it is: stored', async () => {
      const subject = freshSubject();
      const commit = commitOf();
      const first = await appendOnce(on.log, subject, commit, 'none');
      // Another message id, as after the end of the dedupe window: the log can only refuse the expectation.
      const again = await appendOnce(on.log, subject, commit, 'none', { commandId: uuidv7() });
      expect(again).toEqual(first);
      expect(await collect(on.log.read(subject, null))).toHaveLength(1);
    });

    it('takes an ack marked duplicate for stored where the commit is ours, for a conflict where it is not', async () => {
      const subject = freshSubject();
      const commandId = uuidv7();
      const ours = commitOf();
      const first = await appendOnce(on.log, subject, ours, 'none', { commandId });
      if (first.outcome !== 'stored') throw new Error('the subject is new');
      expect(await appendOnce(on.log, subject, ours, 'none', { commandId })).toEqual(first);
      const theirs = await appendOnce(on.log, subject, commitOf(), first.position, { commandId });
      expect(theirs).toMatchObject({ outcome: 'conflict', next: { position: first.position } });
    });

    it('answers every try of one command with what the first did', async () => {
      const subject = freshSubject();
      const tries = Array.from({ length: 4 }, () =>
        execute(
          on.log,
          systemClock,
          subject,
          tally,
          { key: 'once' },
          { ...context, commandId: 'the-command' },
        ),
      );
      const positions = new Set((await Promise.all(tries)).map(({ position }) => position));
      expect(positions.size).toBe(1);
      expect((await load(on.log, subject, tally)).state.keys).toEqual(['once']);
    });

    it('decides anew after a lost race, on what the winner left', async () => {
      const subject = freshSubject();
      const results = await Promise.allSettled(
        ['a', 'b', 'c'].map((key) =>
          execute(on.log, systemClock, subject, tally, { key, limit: 2 }, context),
        ),
      );
      const done = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      expect(done).toHaveLength(3);
      expect((await load(on.log, subject, tally)).state.total).toBe(2);
      expect(done.filter(({ events }) => events.length === 0)).toHaveLength(1);
    });

    it('refuses a command whose If-Match is not the last commit, unless that is its own', async () => {
      const subject = freshSubject();
      const first = await execute(on.log, systemClock, subject, tally, { key: 'a' }, context);
      const change = (commandId: string) =>
        execute(
          on.log,
          systemClock,
          subject,
          tally,
          { key: commandId },
          {
            ...context,
            commandId,
            ...(first.position === null ? {} : { ifMatch: first.position }),
          },
        );
      const second = await change('mine');
      await expect(change('theirs')).rejects.toMatchObject({ code: 'request.precondition-failed' });
      expect((await change('mine')).position).toBe(second.position);
      expect((await load(on.log, subject, tally)).state.keys).toEqual(['a', 'mine']);
    });
  });
}

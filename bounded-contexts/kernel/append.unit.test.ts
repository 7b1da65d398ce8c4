import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AppendFault, simulatedServer } from '../../infra/event-log/index.ts';
import { isDaybookError } from '../../schemas/errors.ts';
import {
  appendOnce,
  type Commit,
  type Decider,
  execute,
  factWriter,
  load,
  position,
  subjectOf,
  uuidv7,
} from './index.ts';

const subject = subjectOf('acme', 'key', 'k');
const commit = (key = 'k'): Commit => ({
  id: uuidv7(),
  at: 1,
  actor: 'test',
  events: [{ type: 'key.revoked', data: { key } }],
});

/** A client whose appends meet these faults, one after the other, and then none. */
const faulty = (server: ReturnType<typeof simulatedServer>, faults: readonly (AppendFault | undefined)[]) => {
  let next = 0;
  return server.connect({ onAppend: () => faults[next++] });
};

describe('appendOnce', () => {
  it('says unavailable only where nothing can have been stored', async () => {
    const server = simulatedServer();
    const down = faulty(server, ['unavailable']);
    await expect(appendOnce(down, subject, commit(), 'none')).rejects.toMatchObject({
      code: 'log.unavailable',
    });
    const doubtful = faulty(server, ['lost-send', ...new Array<AppendFault>(9).fill('unavailable')]);
    await expect(appendOnce(doubtful, subject, commit(), 'none')).rejects.toMatchObject({
      code: 'log.timeout',
    });
    expect(server.stored).toHaveLength(0);
  });

  it('says time-out where the leader cannot be asked who came first', async () => {
    const server = simulatedServer();
    await server.connect().append(subject, commit(), 'none');
    const log = server.connect({ onRead: () => 'unavailable' });
    await expect(appendOnce(log, subject, commit(), 'none')).rejects.toMatchObject({ code: 'log.timeout' });
  });

  it('says that history changed where the expected commit is gone', async () => {
    const log = simulatedServer().connect();
    const lost = position('simulated', 0, 7);
    await expect(appendOnce(log, subject, commit(), lost)).rejects.toMatchObject({
      code: 'log.history-changed',
    });
  });

  it('does not take a full disk for anything else, and does not try again', async () => {
    const server = simulatedServer();
    await expect(appendOnce(faulty(server, ['full']), subject, commit(), 'none')).rejects.toMatchObject({
      code: 'log.full',
    });
    expect(server.stored).toHaveLength(0);
  });
});

interface Sum {
  readonly keys: readonly string[];
}
const decider: Decider<string, Sum, Extract<Commit['events'][number], { type: 'key.revoked' }>> = {
  initial: () => ({ keys: [] }),
  decide: (key, { keys }) => (keys.includes(key) ? [] : [{ type: 'key.revoked', data: { key } }]),
  evolve: ({ keys }, { data }) => ({ keys: [...keys, data.key] }),
  knows: (event): event is Extract<Commit['events'][number], { type: 'key.revoked' }> =>
    event.type === 'key.revoked',
};

const fault = fc.constantFrom<AppendFault | undefined>(
  undefined,
  undefined,
  'lost-ack',
  'lost-send',
  'late',
  'unavailable',
);

describe('execute, over any interleaving of writers and any faults', () => {
  it('stores each command that it acknowledges exactly once, and none that it certainly refused', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.array(fault, { maxLength: 6 }), { minLength: 2, maxLength: 3 }),
        async (scheduler, faultsOfWriters) => {
          const server = simulatedServer();
          const outcomes = new Map<string, 'done' | 'refused' | 'unknown'>();
          const writers = faultsOfWriters.map(async (faults, writer) => {
            let next = 0;
            const log = server.connect({
              onAppend: () => faults[next++],
              schedule: (step) => scheduler.schedule(Promise.resolve(), `${writer} ${step}`),
            });
            for (let n = 0; n < 3; n++) {
              const key = `w${writer}n${n}`;
              try {
                await execute(log, () => 1, subject, decider, key, { actor: 'test', commandId: key });
                outcomes.set(key, 'done');
              } catch (error) {
                if (!isDaybookError(error)) throw error;
                outcomes.set(key, error.code === 'log.timeout' ? 'unknown' : 'refused');
              }
            }
          });
          await scheduler.waitFor(Promise.all(writers));
          await scheduler.waitAll();
          const { state } = await load(server.connect(), subject, decider);
          expect(new Set(state.keys).size).toBe(state.keys.length);
          expect(server.stored).toHaveLength(state.keys.length);
          for (const [key, outcome] of outcomes) {
            if (outcome === 'done') expect(state.keys).toContain(key);
            if (outcome === 'refused') expect(state.keys).not.toContain(key);
          }
        },
      ),
      { numRuns: 60 },
    );
  }, 120_000);
});

describe('fact writer', () => {
  it('says time-out, not unavailable, once a send may have been stored', async () => {
    const server = simulatedServer();
    const log = faulty(server, ['lost-ack', ...new Array<AppendFault>(99).fill('unavailable')]);
    const facts = factWriter({ log, clock: () => 1, actor: 'test', patienceMs: 100 });
    const fact = { type: 'key.revoked', data: { key: 'k' } } as const;
    await expect(facts.append('acme', 'facts', fact)).rejects.toMatchObject({ code: 'log.timeout' });
    expect(server.stored).toHaveLength(1);
  });

  it('says unavailable at once where nothing was sent', async () => {
    const facts = factWriter({
      log: faulty(simulatedServer(), ['unavailable']),
      clock: () => 1,
      actor: 'test',
    });
    const fact = { type: 'key.revoked', data: { key: 'k' } } as const;
    await expect(facts.append('acme', 'facts', fact)).rejects.toMatchObject({ code: 'log.unavailable' });
  });

  it('never makes a commit too large for the log, whatever the facts contain', async () => {
    const server = simulatedServer();
    const facts = factWriter({ log: server.connect(), clock: () => 1, actor: 'test' });
    // Control characters take six bytes each in JSON.
    const fact = { type: 'key.revoked', data: { key: '\u0001'.repeat(5000) } } as const;
    await Promise.all(Array.from({ length: 100 }, () => facts.append('acme', 'facts', fact)));
    await facts.drained();
    expect(server.stored.length).toBeLessThan(20);
    expect(server.stored.flatMap((recorded) => recorded.commit.events)).toHaveLength(100);
  });
});

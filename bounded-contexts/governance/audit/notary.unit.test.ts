import { describe, expect, test } from 'vitest';
import { simulatedServer } from '../../../infra/event-log/index.ts';
import { type Clock, type Commit, type Position, subjectOf, uuidv7 } from '../../kernel/index.ts';
import { eraseSubject } from '../index.ts';
import type { Witness } from './chain.ts';
import { type NotaryOptions, startNotary } from './notary.ts';
import type { WitnessStore } from './ports.ts';
import { seenLeaves } from './seen-leaves.ts';
import { checkpointIn, key } from './testing/history.ts';
import { verifyAudit } from './verify.ts';

const commit = (): Commit => ({
  id: uuidv7(),
  at: 1,
  actor: 'test',
  events: [{ type: 'key.revoked', data: { key: 'k' } }],
});

function memory(): WitnessStore & { held: Witness | null } {
  const store: WitnessStore & { held: Witness | null } = {
    held: null,
    load: async () => store.held,
    async save(_, witness) {
      if (witness.number > (store.held?.number ?? 0)) store.held = witness;
    },
  };
  return store;
}

/** A log, a notary that looks only when it is asked to, and a clock that stands still. */
function world(options: Partial<NotaryOptions> = {}) {
  const server = simulatedServer({ epoch: 'e1' });
  const log = server.connect();
  const witness = memory();
  const errors: unknown[] = [];
  let now = 1_790_000_000_000;
  const clock: Clock = () => now;
  const start = (more: Partial<NotaryOptions> = {}) =>
    startNotary({
      log,
      audit: log.audit,
      witness,
      currentKey: async () => key,
      clock,
      everyCommits: 10,
      everyMs: 60_000,
      lookMs: 2,
      report: (error) => errors.push(error),
      ...options,
      ...more,
    });
  return {
    server,
    log,
    witness,
    errors,
    start,
    wait: (ms: number) => {
      now += ms;
    },
    async append(count: number) {
      for (let i = 0; i < count; i++) await log.append(subjectOf('acme', 'facts'), commit(), 'any');
    },
    async checkpoints() {
      const all = [];
      for await (const entry of log.audit.read(1)) all.push(checkpointIn(entry));
      return all;
    },
    async verify() {
      return verifyAudit({
        epoch: 'e1',
        streams: 1,
        entries: log.audit.read(1),
        records: () => log.stored(0, 1, 1_000_000),
        keys: [key],
        witnesses: witness.held ? [witness.held] : [],
      });
    },
  };
}

/** Long enough for many looks of a notary that looks each 2 ms: for what is not to come. */
const looks = () => new Promise((resolve) => setTimeout(resolve, 60));

describe('the notary', () => {
  test('seals as soon as there is enough, and the rest once it has waited', async () => {
    const { start, append, checkpoints, wait, errors } = world();
    const notary = start();
    await append(25);
    const ranges = async () => (await checkpoints()).map(({ from, to }) => [from, to]);
    const full = [
      [1, 10],
      [11, 20],
    ];
    await expect.poll(ranges).toEqual(full);
    await looks();
    expect(await ranges()).toEqual(full);
    wait(59_999);
    await looks();
    expect(await checkpoints()).toHaveLength(2);
    wait(1);
    await expect
      .poll(async () => (await checkpoints()).at(-1))
      .toMatchObject({ number: 3, from: 21, to: 25, leaves: 5 });
    // A log that rests is not signed again.
    wait(1_000_000);
    await looks();
    expect(await checkpoints()).toHaveLength(3);
    await notary.stop();
    expect(errors).toEqual([]);
  });

  test('goes on where an earlier one ended, and two of them make one chain', async () => {
    const { start, append, checkpoints, verify } = world();
    const first = start();
    await append(13);
    await first.seal();
    await first.stop();
    const notaries = [start(), start(), start()];
    for (let round = 0; round < 5; round++) {
      await append(7);
      await Promise.all(notaries.map((notary) => notary.seal()));
    }
    await Promise.all(notaries.map((notary) => notary.stop()));
    expect((await checkpoints()).map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(await verify()).toMatchObject({ findings: [], streams: [{ sealedTo: 48, notSealedYet: 0 }] });
  });

  test('seals what came by without reading it again, reads what did not, and both verify', async () => {
    const { log, start, append, checkpoints, verify } = world();
    await append(3);
    const seen = seenLeaves();
    const passing = log.subscribe('es.>', [(await log.info()).streams[0]?.last as Position], {
      onStored: seen.see,
    });
    let passed = 0;
    const following = (async () => {
      for await (const { commits } of passing) passed += commits.length;
    })();
    const read: [number, number][] = [];
    const notary = start({
      seen,
      log: {
        ...log,
        stored(stream, from, to) {
          read.push([from, to]);
          return log.stored(stream, from, to);
        },
      },
    });
    await notary.seal();
    await append(12);
    await expect.poll(() => passed).toBe(12);
    await notary.seal();
    await notary.stop();
    await passing.stop();
    await following;
    expect(read).toEqual([[1, 3]]);
    expect((await checkpoints()).map(({ from, to }) => [from, to])).toEqual([
      [1, 3],
      [4, 13],
      [14, 15],
    ]);
    expect(await verify()).toMatchObject({ findings: [], streams: [{ sealedTo: 15, notSealedYet: 0 }] });
  });

  test('signs nothing twice where an answer was lost, or it ended before it could remember', async () => {
    const { log, start, append, verify } = world();
    await append(5);
    const lossy = start({
      audit: {
        ...log.audit,
        async append(...args) {
          await log.audit.append(...args);
          throw new Error('the answer was lost');
        },
      },
    });
    await expect(lossy.seal()).rejects.toThrow('lost');
    await append(5);
    await lossy.stop();
    const notary = start();
    await notary.seal();
    await notary.stop();
    expect(await verify()).toMatchObject({ checkpoints: 2, findings: [], streams: [{ sealedTo: 10 }] });
  });

  test('signs nothing on a log that lost its end, and nothing over an audit log that did', async () => {
    const { server, start, append, log, checkpoints } = world();
    await append(20);
    const notary = start();
    await notary.seal();
    server.truncate(15);
    await expect(notary.seal()).rejects.toMatchObject({ code: 'log.history-changed' });
    await append(10);
    await notary.stop();
    const shorter = start({
      audit: {
        ...log.audit,
        last: async () => ({ number: 1, body: (await entries(log.audit))[0] as Uint8Array }),
      },
    });
    await expect(shorter.seal()).rejects.toThrow('ends at checkpoint 1, and 2 was signed');
    await shorter.stop();
    expect(await checkpoints()).toHaveLength(2);
  });

  test('a legal erasure is not tampering: the key goes, the log and its seals stay whole', async () => {
    const { log, start, append, verify } = world();
    await append(4);
    const notary = start();
    await notary.seal();
    const erased: string[] = [];
    const vault = { erase: async (_: string, subject: string) => void erased.push(subject) };
    await eraseSubject({ log, vault, clock: () => 2 }, { tenant: 'acme', subject: 'u_ana', actor: 'admin' });
    await notary.seal();
    await notary.stop();
    expect(erased).toEqual(['u_ana']);
    expect(await verify()).toMatchObject({ findings: [], streams: [{ sealedTo: 5, notSealedYet: 0 }] });
  });
});

async function entries(audit: {
  read(from: number): AsyncIterable<{ body: Uint8Array }>;
}): Promise<Uint8Array[]> {
  const all = [];
  for await (const { body } of audit.read(1)) all.push(body);
  return all;
}

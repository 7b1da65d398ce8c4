import { expect, test } from 'vitest';
import { simulatedServer } from '../../../infra/event-log/index.ts';
import type { Checkpoint } from '../../budgets/index.ts';
import { redacted, systemClock } from '../../kernel/index.ts';
import { eraseSubject, erasureReport, startEraser, type Traces } from './index.ts';

/** What there is of Ana, of whom a session knows, too; `broken` makes the last removal fail. */
function installation() {
  const log = simulatedServer().connect();
  const erased: string[] = [];
  const state = { broken: true, replies: 3, tries: 0, checkpoint: null as Checkpoint | null };
  const traces: Traces = {
    upTo: async () => {},
    sessions: async (_tenant, subject) => (subject === 'u_ana' ? ['s_hers'] : []),
    keys: async () => [],
    streams: async () => [],
    async *contents() {
      yield [{ id: 'c1', position: 'e-0-1' as never, index: 0 }];
    },
    records: async () => ({ invocations: 2, messages: 0, audit: 1 }),
    async removeReplies() {
      state.tries++;
      if (state.broken) throw new Error('the vault is away');
      const { replies } = state;
      state.replies = 0;
      return replies;
    },
    removeStream: async () => {},
  };
  const vault = {
    erase: async (_tenant: string, subject: string) => void erased.push(subject),
    open: async () => redacted,
  };
  const contents = {
    at: async () => ({ id: 'c1', tenant: 't', subject: 'u_ana', sealed: new Uint8Array() }),
  };
  const checkpoints = {
    load: async () => state.checkpoint,
    save: async (_name: string, checkpoint: Checkpoint) => {
      state.checkpoint = checkpoint;
    },
  };
  const ports = { log, vault, clock: systemClock };
  const run = () => startEraser({ ...ports, traces, contents, checkpoints, report: () => {} });
  return { log, erased, state, ports, run };
}

test('an erasure that a process did not live to finish is finished by the next, once, with its sessions', async () => {
  const { log, erased, state, ports, run } = installation();
  const first = run();
  await eraseSubject(ports, { tenant: 't', subject: 'u_ana', actor: 'k_1' });
  await expect.poll(() => state.tries, { timeout: 5_000 }).toBeGreaterThan(1);
  await first.stop();
  expect(await erasureReport(log, 't', 'u_ana')).toMatchObject({ completed: null });

  state.broken = false;
  const second = run();
  const third = run();
  const report = () => erasureReport(log, 't', 'u_ana');
  await expect.poll(async () => (await report())?.completed, { timeout: 5_000 }).toBeTruthy();
  expect(await report()).toMatchObject({
    erased: { by: 'k_1' },
    completed: { sessions: ['s_hers'], contents: { count: 1, readable: 0 }, records: { invocations: 2 } },
  });
  const ofSession = () => erasureReport(log, 't', 's_hers');
  await expect.poll(async () => (await ofSession())?.completed, { timeout: 5_000 }).toBeTruthy();
  expect(await ofSession()).toMatchObject({ because: 'u_ana', completed: { sessions: [] } });
  await Promise.all([second.stop(), third.stop()]);
  expect(new Set(erased)).toEqual(new Set(['u_ana', 's_hers']));
  // Told again, nothing is said again.
  const before = await report();
  await eraseSubject(ports, { tenant: 't', subject: 'u_ana', actor: 'k_2' });
  expect(await report()).toEqual(before);
});

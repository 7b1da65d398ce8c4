import { describe, expect, it } from 'vitest';
import { appendOnce, type Position } from '../../../bounded-contexts/kernel/index.ts';
import type { ContractLog, Harness } from './harness.ts';
import {
  collect,
  commitOf,
  eventually,
  follow,
  freshSubject,
  happened,
  soon,
  withHarness,
} from './support.ts';

async function fill(log: ContractLog, count: number): Promise<Position[]> {
  const subject = freshSubject();
  const positions: Position[] = [];
  for (let n = 0; n < count; n++) {
    // Its server may have been restarted a moment ago.
    const result = await eventually(() => log.append(subject, commitOf([happened(`${n}`)]), 'any'));
    if (result.outcome === 'appended') positions.push(result.position);
  }
  return positions;
}

/** The error that ends a subscription. */
async function endOf(log: ContractLog, from: readonly Position[]): Promise<unknown> {
  try {
    await follow(log.subscribe('es.>', from), () => false, 30_000);
  } catch (error) {
    return error;
  }
  return undefined;
}

const changed = { code: 'log.history-changed' };

export function historyContract(make: () => Promise<Harness>): void {
  describe('a log that lost its tail', () => {
    const on = withHarness(make);

    it('ends what reads from beyond its end, and refuses what expects a lost commit', async () => {
      const [kept] = await fill(on.log, 3);
      await on.harness.mark();
      const lost = await fill(on.log, 5);
      const running = endOf(on.log, [lost[2] as Position]);
      await soon(300);
      await on.harness.loseTail();
      expect(await running).toMatchObject(changed);
      const log = await eventually(() => on.harness.open());
      try {
        const beyond = lost[4] as Position;
        expect(await endOf(log, [beyond])).toMatchObject(changed);
        expect(await log.at(beyond)).toBeNull();
        expect((await log.at(kept as Position))?.position).toBe(kept);
        const subject = freshSubject();
        await expect(appendOnce(log, subject, commitOf(), beyond)).rejects.toMatchObject(changed);
      } finally {
        await log.close();
      }
    });
  });

  describe('a log that lost its beginning', () => {
    const on = withHarness(make);

    it('ends what would begin with what is no longer there', async () => {
      const [first] = await fill(on.log, 6);
      if (!on.harness.loseBeginning) {
        // This server removes nothing from a stream that denies it.
        const { streams } = await on.log.info();
        return expect(streams.some((one) => one.first === first)).toBe(true);
      }
      await on.harness.loseBeginning();
      const log = await eventually(() => on.harness.open());
      try {
        expect(await endOf(log, [])).toMatchObject(changed);
        expect(await log.at(first as Position)).toBeNull();
      } finally {
        await log.close();
      }
    });
  });

  describe('a log that was recreated', () => {
    const on = withHarness(make);

    it('refuses positions of the history before, and ends what reads from them', async () => {
      const before = await fill(on.log, 4);
      const running = endOf(on.log, [before[3] as Position]);
      await soon(300);
      await on.harness.recreate();
      expect(await running).toMatchObject(changed);
      const log = await eventually(() => on.harness.open());
      try {
        expect(await endOf(log, before.slice(0, 1))).toMatchObject(changed);
        const subject = freshSubject();
        await expect(log.append(subject, commitOf(), before[0] as Position)).rejects.toMatchObject(changed);
        expect(await log.at(before[0] as Position)).toBeNull();
        expect((await log.append(subject, commitOf(), 'none')).outcome).toBe('appended');
        // Whoever still holds the old history must not write into the new one.
        const stale: unknown = await on.log
          .append(subject, commitOf(), 'any')
          .catch((error: unknown) => error);
        expect(stale).toMatchObject(changed);
        expect(await collect(log.read(subject, null))).toHaveLength(1);
      } finally {
        await log.close();
      }
    });
  });
}

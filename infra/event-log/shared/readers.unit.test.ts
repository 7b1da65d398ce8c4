import { expect, test } from 'vitest';
import type { Position, Recorded } from '../../../bounded-contexts/kernel/index.ts';
import { atEnd } from '../../testing/index.ts';
import { collect, commitOf, freshSubject, happened, soon } from '../contract/support.ts';
import { simulatedServer } from '../simulated.ts';
import { sharedReads } from './index.ts';

test('readers of every speed, from every place, get each commit once and in order, however small the window', async () => {
  const plain = simulatedServer().connect();
  const subjects = [freshSubject(), freshSubject(), freshSubject()];
  const write = async (count: number) => {
    const written: Position[] = [];
    for (let n = 0; n < count; n++) {
      const subject = subjects[n % subjects.length] ?? freshSubject();
      const result = await plain.append(subject, commitOf([happened(`${n}`)]), 'any');
      if (result.outcome === 'appended') written.push(result.position);
      if (n % 7 === 0) await soon(1);
    }
    return written;
  };
  const before = await write(60);
  const log = sharedReads(plain, { maxBytes: 3000 });
  const total = 360;
  const readers = ['es.>', 'es.>', ...subjects, 'es.*.*.nothing'].map((filter, index) => {
    const from = index === 1 ? [before[29] as Position] : [];
    const subscription = log.subscribe(filter, from, { maxCommits: 5 + index });
    atEnd(() => subscription.stop());
    const got: Recorded[] = [];
    const done = (async () => {
      for await (const { commits, through } of subscription) {
        got.push(...commits);
        if (through.endsWith(`-${total}`)) return;
        // Some so slow that they fall out of the window, some never.
        if (index % 2 === 1 && commits.length > 0) await soon(15);
      }
    })();
    return { filter, from, got, done };
  });
  await write(total - 60);
  await Promise.all(readers.map(({ done }) => done));
  for (const { filter, from, got } of readers) {
    const stored = (await Promise.all(subjects.map((subject) => collect(plain.read(subject, null)))))
      .flat()
      .filter(({ subject }) => filter === 'es.>' || subject === filter)
      .filter(({ sequence }) => from.length === 0 || sequence > 30)
      .toSorted((a, b) => a.sequence - b.sequence);
    expect(got.map(({ position }) => position)).toEqual(stored.map(({ position }) => position));
  }
});

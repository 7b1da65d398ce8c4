import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { subjectOf } from '../../bounded-contexts/kernel/index.ts';
import { testDatabase, testFolder } from '../testing/index.ts';
import { collect, commitOf, happened } from './contract/support.ts';
import { copyLog, openArchive, openPostgresLog, writeArchive } from './index.ts';
import { verifyLog } from './verify.ts';

const opened: { close(): Promise<void> }[] = [];
afterAll(async () => {
  for (const log of opened) await log.close();
});
const own = <T extends { close(): Promise<void> }>(log: T): T => {
  opened.push(log);
  return log;
};

const log = own(await openPostgresLog({ url: await testDatabase() }));
const { epoch } = await log.info();
const facts = subjectOf('acme', 'facts');
const key = subjectOf('acme', 'key', 'k1');

test('an archive of an empty log is an empty log', async () => {
  const folder = testFolder();
  expect(await writeArchive(log, folder, () => {})).toMatchObject({
    epoch,
    streams: [{ commits: 0, contents: 0 }],
  });
  const archive = await openArchive(folder);
  expect(await archive.last(facts)).toBeNull();
  expect(await verifyLog(archive)).toMatchObject({ commits: 0, events: 0 });
});

test('an archive reads as the log did, takes nothing in, and fills an empty log with the same positions', async () => {
  for (let i = 0; i < 30; i++) await log.append(facts, commitOf([happened(), happened()]), 'any');
  const first = await log.append(key, commitOf([happened()]), 'none');
  if (first.outcome !== 'appended') throw new Error(first.outcome);
  await log.contents.append('acme', [
    { id: 'c1', subject: 'u1', sealed: new Uint8Array([0, 255, 7]) },
    { id: 'c2', subject: 'u2', sealed: new Uint8Array(300_000).fill(9) },
  ]);
  const folder = testFolder();
  const seen: number[] = [];
  expect(await writeArchive(log, folder, ({ done }) => seen.push(done))).toMatchObject({
    streams: [{ commits: 31, contents: 2 }],
  });
  expect(seen.at(-1)).toBe(31);
  // What came later is not in it.
  await log.append(facts, commitOf([happened()]), 'any');

  const archive = await openArchive(folder);
  const before = (await collect(log.read(facts, null))).slice(0, 30);
  expect(await collect(archive.read(facts, null))).toEqual(before);
  expect(await archive.last(key)).toEqual(await log.at(first.position));
  expect(await archive.after(facts, before[3]?.position ?? null)).toEqual(before[4]);
  expect(await archive.after(facts, before[29]?.position ?? null)).toBeNull();
  await expect(archive.append(facts, commitOf([happened()]), 'any')).rejects.toMatchObject({
    code: 'command.rejected',
  });

  const target = own(await openPostgresLog({ url: await testDatabase(), epoch }));
  expect(await copyLog({ from: archive, to: target })).toMatchObject({ commits: 31, contents: 2 });
  expect(await collect(target.read(facts, null))).toEqual(before);
  const stored = [];
  for await (const batch of target.contents.subscribe([])) {
    stored.push(...batch.contents.map(({ id, sealed }) => [id, sealed.length]));
    if (batch.caughtUp) break;
  }
  expect(stored).toEqual([
    ['c1', 3],
    ['c2', 300_000],
  ]);
});

test('a folder that holds something else is refused in words', async () => {
  const folder = testFolder();
  writeFileSync(join(folder, 'log.json'), '{"format":"another"}');
  await expect(openArchive(folder)).rejects.toMatchObject({ code: 'config.invalid' });
});

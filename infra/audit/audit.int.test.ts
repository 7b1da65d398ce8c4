import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { startNotary, verifyAudit } from '../../bounded-contexts/governance/index.ts';
import { parsePosition, subjectOf, systemClock } from '../../bounded-contexts/kernel/index.ts';
import { commitOf, happened } from '../event-log/contract/support.ts';
import { type CopyableLog, openPostgresLog } from '../event-log/index.ts';
import { migrate } from '../read-store/index.ts';
import { atEnd, testDatabase, testFolder } from '../testing/index.ts';
import { masterKeysOf, postgresVault } from '../vault/index.ts';
import {
  checkpointCopies,
  notaryKeys,
  openBundle,
  postgresWitness,
  readCopies,
  writeBundle,
} from './index.ts';

const url = await testDatabase();
await migrate(url);
const pool = new pg.Pool({ connectionString: url, max: 4 });
afterAll(() => pool.end());
const master = masterKeysOf('a test', () => ['the master key of this test']);
const vault = postgresVault(pool, master);
const log = await openPostgresLog({ url });
atEnd(() => log.close());
const { epoch } = await log.info();
const keys = notaryKeys(vault);
const witness = postgresWitness(pool);

async function sealMore(count: number, keepCopies: () => Promise<void> = async () => {}): Promise<void> {
  for (let i = 0; i < count; i++) await log.append(subjectOf('acme', 'facts'), commitOf([happened()]), 'any');
  const notary = startNotary({
    log,
    audit: log.audit,
    witness,
    currentKey: keys.current,
    keepCopies,
    clock: systemClock,
    everyCommits: 4,
    everyMs: 3_600_000,
    report: () => {},
  });
  await notary.seal();
  await notary.stop();
}

const endOf = async (of: CopyableLog) => {
  const { last } = (await of.info()).streams[0] ?? { last: null };
  return last === null ? 0 : parsePosition(last).sequence;
};

describe('the keys', () => {
  test('are made on first use, the same in every process, and private halves are nowhere in the clear', async () => {
    expect(await keys.all()).toEqual([]);
    const [a, b] = await Promise.all([keys.current(), notaryKeys(postgresVault(pool, master)).current()]);
    expect(a.id).toBe(b.id);
    const [shown] = await keys.all();
    expect(shown?.text).toBe(a.text);
    expect(Object.keys(shown ?? {})).not.toContain('sign');
    const seed = Buffer.from(await vault.secret('audit.signing.1'));
    const { rows } = await pool.query('select wrapped from vault.secrets');
    expect(rows.some(({ wrapped }) => wrapped.includes(seed))).toBe(false);
  });

  test('rotate: the next checkpoint has the new one, and what the earlier signed stays proven', async () => {
    await sealMore(6);
    const [before] = await keys.all();
    const fresh = await notaryKeys(vault).rotate();
    expect(fresh.id).not.toBe(before?.id);
    await sealMore(3);
    const all = await keys.all();
    expect(all.map(({ id }) => id)).toEqual([before?.id, fresh.id]);
    const verified = async (trusted: typeof all) =>
      (
        await verifyAudit({
          epoch,
          streams: 1,
          entries: log.audit.read(1),
          records: () => log.stored(0, 1, 1_000),
          keys: trusted,
        })
      ).findings.map(({ kind, checkpoint }) => [kind, checkpoint]);
    expect(await verified(all)).toEqual([]);
    expect(await verified(all.slice(1))).toEqual([
      ['checkpoint-forged', 1],
      ['checkpoint-forged', 2],
    ]);
  });
});

test('the memory of the last checkpoint never goes back', async () => {
  const of = (number: number) => ({ number, hash: `h${number}`, stream: 0, to: number });
  expect(await witness.load('e9')).toBeNull();
  await witness.save('e9', of(5));
  await witness.save('e9', of(4));
  expect(await witness.load('e9')).toEqual(of(5));
});

describe('copies in a folder', () => {
  const dir = join(testFolder(), 'copies');
  const keep = checkpointCopies(dir, log.audit, epoch);

  test('are brought up to the end, file by file, and know each checkpoint', async () => {
    await keep();
    await sealMore(9, keep);
    const count = (await log.audit.last())?.number ?? 0;
    const files = readdirSync(dir).sort();
    expect(files).toHaveLength(count);
    expect(files[0]).toBe(`${epoch}-0000000001.json`);
    expect(statSync(join(dir, files[0] as string)).mode & 0o777).toBe(0o600);
    for await (const { number, body } of log.audit.read(1))
      expect(readFileSync(join(dir, files[number - 1] as string))).toEqual(body);
    const witnesses = await readCopies(dir, epoch);
    expect(witnesses.map(({ number }) => number)).toEqual(files.map((_, index) => index + 1));
    expect(witnesses.at(-1)).toEqual(await witness.load(epoch));
    // Another process goes on after the last file.
    await sealMore(1, checkpointCopies(dir, log.audit, epoch));
    expect(readdirSync(dir)).toHaveLength(count + 1);
  });

  test('that cannot be read are said so, and those of another log are left out', async () => {
    expect(await readCopies(dir, 'other')).toEqual([]);
    await expect(readCopies(join(dir, 'nowhere'), epoch)).rejects.toMatchObject({ code: 'config.invalid' });
    writeFileSync(join(dir, `${epoch}-0000000001.json`), '{}');
    await expect(readCopies(dir, epoch)).rejects.toMatchObject({ code: 'config.invalid' });
  });
});

describe.each(['log.jsonl', 'log.jsonl.gz'])('an export as %s', (name) => {
  const file = join(testFolder(), name);

  test('carries all that verification needs', async () => {
    const end = await endOf(log);
    const count = await writeBundle(
      file,
      {
        format: 'daybook-audit-1',
        epoch,
        ends: [end],
        keys: (await keys.all()).map(({ text }) => text),
        at: new Date().toISOString(),
        records: () => log.stored(0, 1, end),
        entries: log.audit.read(1),
      },
      () => {},
    );
    expect(count).toEqual({ commits: end, checkpoints: (await log.audit.last())?.number });
    const bundle = await openBundle(file);
    expect(bundle).toMatchObject({ epoch, ends: [end] });
    const result = await verifyAudit({ ...bundle, streams: 1, keys: await keys.all() });
    expect(result).toMatchObject({ findings: [], streams: [{ sealedTo: end, notSealedYet: 0 }] });
  });

  test('that is cut, or is something else, is refused in words', async () => {
    const whole = readFileSync(file);
    const dir = testFolder();
    const cases = {
      half: whole.subarray(0, whole.length / 2),
      nothing: Buffer.alloc(0),
      else: Buffer.from('{"format":"else"}\n'),
      ...(name.endsWith('.gz') ? {} : { line: Buffer.from(whole.toString().replace(/\n\{"t".*\n/, '\n')) }),
    };
    for (const [what, bytes] of Object.entries(cases)) {
      const broken = join(dir, `${what}-${name}`);
      writeFileSync(broken, bytes);
      await expect(openBundle(broken), what).rejects.toMatchObject({ code: 'config.invalid' });
    }
    await expect(openBundle(join(dir, 'none'))).rejects.toMatchObject({ code: 'config.invalid' });
  });
});

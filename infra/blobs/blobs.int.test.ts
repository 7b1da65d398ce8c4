import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryVault } from '../testing/memory-vault.ts';
import { localBlobs } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'daybook-blobs-'));
const vault = memoryVault();
const blobs = localBlobs({ directory: folder, vault, naming: randomBytes(32) });
const sales = { tenant: 'acme', owner: 'd_sales' };
const people = { tenant: 'acme', owner: 'd_people' };

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
async function all(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}
const fileOf = (blob: string) => join(folder, 'acme', blob.slice(0, 2), blob);

beforeAll(() => expect(readdirSync(folder)).toEqual([]));
afterAll(() => rmSync(folder, { recursive: true }));

describe('local blobs', () => {
  const quarter = 256 * 1024;
  test.each([0, 1, 1000, quarter - 1, quarter, quarter + 1, 3 * quarter, 3 * quarter + 17])(
    'gives back %i bytes as they were, in whatever pieces they came',
    async (length) => {
      const bytes = randomBytes(length);
      const one = await blobs.put(sales, pieces(bytes, 1000));
      const again = await blobs.put(sales, pieces(bytes, 300_001));
      expect(again).toEqual(one);
      expect(one.bytes).toBe(length);
      expect((await all(blobs.read(sales, one.blob))).equals(bytes)).toBe(true);
    },
  );

  test('keeps the same file once an owner, and apart for each', async () => {
    const bytes = Buffer.from('the same words');
    const mine = await blobs.put(sales, pieces(bytes, 5));
    const theirs = await blobs.put(people, pieces(bytes, 5));
    expect(theirs.blob).not.toBe(mine.blob);
    await blobs.remove(people, theirs.blob);
    await blobs.remove(people, theirs.blob);
    expect((await all(blobs.read(sales, mine.blob))).toString()).toBe('the same words');
    await expect(all(blobs.read(people, theirs.blob))).rejects.toMatchObject({ code: 'resource.not-found' });
    // By another owner's name it does not open.
    await expect(all(blobs.read(people, mine.blob))).rejects.toMatchObject({ code: 'blobs.unavailable' });
  });

  test('writes nothing in the clear, and only for its owner', async () => {
    const { blob } = await blobs.put(sales, pieces(Buffer.from('MARKER-IN-THE-CLEAR'.repeat(100)), 64));
    expect(readFileSync(fileOf(blob)).includes('MARKER')).toBe(false);
    expect(statSync(fileOf(blob)).mode & 0o777).toBe(0o600);
  });

  test('notices what was changed, cut off or put elsewhere', async () => {
    const bytes = randomBytes(600_000);
    const { blob } = await blobs.put(sales, pieces(bytes, 65_536));
    const whole = readFileSync(fileOf(blob));
    const first = 4 + 16 + 4 + whole.readUInt32BE(20);
    const damaged = [
      whole.subarray(0, whole.length - 1),
      // Cut between two pieces: what is left are whole pieces.
      whole.subarray(0, first),
      Buffer.concat([whole.subarray(0, 100), Buffer.from([(whole[100] as number) ^ 1]), whole.subarray(101)]),
      Buffer.concat([whole, whole.subarray(20, first)]),
      Buffer.alloc(0),
    ];
    for (const bad of damaged) {
      writeFileSync(fileOf(blob), bad);
      await expect(all(blobs.read(sales, blob))).rejects.toMatchObject({ code: 'blobs.unavailable' });
    }
  });

  test('keeps nothing of what is too large, or broke off', async () => {
    const before = readdirSync(join(folder, 'writing'));
    await expect(blobs.put(sales, pieces(randomBytes(5_000), 100), 4_999)).rejects.toMatchObject({
      code: 'request.too-large',
    });
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield randomBytes(100);
      throw new Error('the connection broke');
    }
    await expect(blobs.put(sales, broken())).rejects.toMatchObject({ code: 'blobs.unavailable' });
    expect(readdirSync(join(folder, 'writing'))).toEqual(before);
  });

  test('says of an owner whose key was destroyed that it is redacted', async () => {
    const { blob } = await blobs.put({ tenant: 'acme', owner: 'd_gone' }, pieces(randomBytes(10), 3));
    vault.forget('acme', 'd_gone');
    await expect(all(blobs.read({ tenant: 'acme', owner: 'd_gone' }, blob))).rejects.toMatchObject({
      code: 'vault.redacted',
    });
  });

  test('takes no name for a path', async () => {
    for (const name of ['../../etc/passwd', '', 'a'.repeat(43).replace('a', '/'), `${'a'.repeat(42)}.`])
      await expect(all(blobs.read(sales, name))).rejects.toMatchObject({ code: 'resource.not-found' });
  });
});

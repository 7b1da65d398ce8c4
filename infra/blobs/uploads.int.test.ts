import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { memoryVault } from '../testing/memory-vault.ts';
import { localUploads } from './index.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const place = { tenant: 'acme', owner: 'd_sales' };

function store(options: { mostOpen?: number; partBytes?: number } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'daybook-uploads-'));
  folders.push(directory);
  const vault = memoryVault();
  const time = { now: Date.parse('2026-03-01T10:00:00Z') };
  /** Another process on the same folder. */
  const again = () => localUploads({ directory, vault, clock: () => time.now, ...options });
  return { directory, vault, time, again, uploads: again() };
}

async function* pieces(bytes: Uint8Array, size = 1_000, broken?: Error): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  if (broken) throw broken;
}
async function whole(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}
const filesIn = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

test('whatever pieces a file comes in, over however many processes, it is what was sent', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 0, maxLength: 5_000 }),
      fc.array(fc.integer({ min: 1, max: 2_000 }), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 900 }),
      async (bytes, lengths, partBytes) => {
        const { again, uploads } = store({ partBytes });
        const { id } = await uploads.open(place, 'about', bytes.length);
        for (let at = 0, n = 0; at < bytes.length; n++) {
          const length = Math.min(lengths[n % lengths.length] ?? 1, bytes.length - at);
          const after = await again().append(
            place,
            id,
            { from: at, length },
            pieces(bytes.subarray(at, at + length), 300),
          );
          at += length;
          expect(after).toMatchObject({ received: at, total: bytes.length, about: 'about' });
        }
        expect((await whole(again().read(place, id))).equals(Buffer.from(bytes))).toBe(true);
      },
    ),
    { numRuns: 40 },
  );
});

test('what came before a connection broke is kept, and the rest is asked for', async () => {
  const { uploads } = store({ partBytes: 400 });
  const bytes = randomBytes(2_000);
  const { id } = await uploads.open(place, '', bytes.length);
  const lost = new Error('the connection broke');
  const first = uploads.append(
    place,
    id,
    { from: 0, length: 2_000 },
    pieces(bytes.subarray(0, 900), 150, lost),
  );
  await expect(first).rejects.toMatchObject({ code: 'blobs.unavailable', cause: lost });
  expect((await uploads.find(place, id)).received).toBe(900);
  await expect(
    uploads.append(place, id, { from: 800, length: 1_200 }, pieces(bytes.subarray(800))),
  ).rejects.toMatchObject({ code: 'upload.out-of-place', fields: { received: 900, bytes: 2_000 } });
  await uploads.append(place, id, { from: 900, length: 1_100 }, pieces(bytes.subarray(900)));
  expect((await whole(uploads.read(place, id))).equals(bytes)).toBe(true);
});

test('a piece that is longer or shorter than it says is refused, and two at once are told so', async () => {
  const { uploads } = store();
  const { id } = await uploads.open(place, '', 10);
  const append = (from: number, length: number, sent: number) =>
    uploads.append(place, id, { from, length }, pieces(Buffer.alloc(sent, 'x'), 2));
  await expect(append(0, 4, 3)).rejects.toMatchObject({
    code: 'request.malformed-upload',
    fields: { received: 3 },
  });
  await expect(append(3, 4, 6)).rejects.toMatchObject({
    code: 'request.malformed-upload',
    fields: { received: 7 },
  });
  await expect(append(7, 4, 4)).rejects.toMatchObject({ code: 'upload.out-of-place' });
  const [one, other] = await Promise.allSettled([append(7, 3, 3), append(7, 3, 3)]);
  expect(one.status).toBe('fulfilled');
  expect(other).toMatchObject({ reason: { code: 'request.in-progress' } });
  expect((await whole(uploads.read(place, id))).toString()).toBe('x'.repeat(10));
});

test('nothing lies on disk in the clear, and what was changed or moved does not open', async () => {
  const { uploads, directory } = store();
  const text = Buffer.from('MARKER-IN-THE-CLEAR'.repeat(20));
  const { id } = await uploads.open(place, 'MARKER', text.length * 2);
  const other = await uploads.open(place, 'MARKER', text.length);
  for (const from of [0, text.length])
    await uploads.append(place, id, { from, length: text.length }, pieces(text));
  await uploads.append(place, other.id, { from: 0, length: text.length }, pieces(text));
  for (const file of filesIn(directory)) {
    expect(readFileSync(file).includes('MARKER')).toBe(false);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  }
  const [part = ''] = filesIn(directory).filter(
    (file) => file.includes(id) && file.includes('at-000000000000000-'),
  );
  const [foreign = ''] = filesIn(directory).filter((file) => file.includes(other.id) && file.includes('at-'));
  const [second = ''] = filesIn(directory).filter(
    (file) => file.includes(id) && file.includes('at-') && file !== part,
  );
  for (const wrong of [readFileSync(foreign), readFileSync(second), readFileSync(part).subarray(0, 60)]) {
    writeFileSync(part, wrong);
    await expect(whole(uploads.read(place, id))).rejects.toMatchObject({ code: 'blobs.unavailable' });
  }
});

test('uploads are their owner’s, bounded in number, and end after a day', async () => {
  const { uploads, time, directory, vault, again } = store({ mostOpen: 2 });
  const { id, expiresAt } = await uploads.open(place, '', 3);
  expect(expiresAt).toBe(time.now + 86_400_000);
  for (const elsewhere of [
    { ...place, owner: 'd_people' },
    { ...place, tenant: 'globex' },
  ])
    await expect(uploads.find(elsewhere, id)).rejects.toMatchObject({ code: 'resource.not-found' });
  for (const name of ['../../etc', 'up_x', `${id}/..`, `${id}.new`])
    await expect(uploads.find(place, name)).rejects.toMatchObject({ code: 'resource.not-found' });
  await uploads.open({ ...place, owner: 'd_people' }, '', 3);
  await expect(uploads.open(place, '', 3)).rejects.toMatchObject({ code: 'upload.too-many' });
  await uploads.open({ ...place, tenant: 'globex' }, '', 3);

  await uploads.append(place, id, { from: 0, length: 3 }, pieces(Buffer.from('abc')));
  await uploads.finish(place, id, 'done');
  expect(await again().find(place, id)).toMatchObject({ received: 3, result: 'done' });
  expect(filesIn(directory).filter((file) => file.includes('at-'))).toEqual([]);
  await expect(
    uploads.append(place, id, { from: 3, length: 0 }, pieces(Buffer.alloc(0))),
  ).rejects.toMatchObject({
    code: 'upload.out-of-place',
  });
  // A finished one takes no place.
  const next = await uploads.open(place, '', 3);
  await uploads.remove(place, next.id);
  await expect(uploads.remove(place, next.id)).rejects.toMatchObject({ code: 'resource.not-found' });

  vault.forget('acme', 'd_people');
  time.now += 86_400_000;
  await expect(uploads.find(place, id)).rejects.toMatchObject({ code: 'resource.not-found' });
  await uploads.sweep();
  expect(filesIn(directory)).toEqual([]);
});

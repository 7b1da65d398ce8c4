import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkArchive } from './check.ts';
import { type Manifest, manifestName } from './manifest.ts';
import { type Entry, readTar, tarEnd, tarEntry } from './tar.ts';

const all = async (bytes: Uint8Array, cut = bytes.length): Promise<Entry[]> => {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += cut) chunks.push(bytes.subarray(at, at + cut));
  const found: Entry[] = [];
  for await (const { name, bytes: of } of readTar(Readable.from(chunks)))
    found.push({ name, bytes: Buffer.from(of) });
  return found;
};

const tarOf = (entries: readonly Entry[]): Buffer =>
  Buffer.concat([...entries.map((entry) => tarEntry(entry, 1_790_000_000_000)), tarEnd()]);

test('files are read as they were written, however the bytes come', async () => {
  const entry = fc.record({
    name: fc.stringMatching(/^[a-z0-9.-]{1,40}$/),
    bytes: fc.uint8Array({ maxLength: 2_000 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(entry, { maxLength: 5 }),
      fc.integer({ min: 1, max: 3_000 }),
      async (entries, cut) => {
        const found = await all(tarOf(entries), cut);
        expect(found).toEqual(entries.map(({ name, bytes }) => ({ name, bytes: Buffer.from(bytes) })));
      },
    ),
    { numRuns: 50 },
  );
});

describe('an archive', () => {
  const lines = Buffer.from('{"a":1}\n{"b":2}\n');
  const file = (name: string) => ({
    name,
    bytes: lines.length,
    lines: 2,
    sha256: createHash('sha256').update(lines).digest('hex'),
  });
  const manifest: Manifest = {
    format: 'daybook-export-1',
    kind: 'tenant',
    tenant: 'acme',
    person: null,
    at: '2026-11-20T00:00:00.000Z',
    daybook: '0',
    log: { epoch: 'e1', ends: [] },
    counts: { events: 0, contents: 0, ended: 0, ids: 0 },
    files: [file('ids-00001.jsonl'), file('events-00001.jsonl')],
  };
  const last = { name: manifestName, bytes: Buffer.from(JSON.stringify(manifest)) };
  const ids = { name: 'ids-00001.jsonl', bytes: lines };
  const events = { name: 'events-00001.jsonl', bytes: lines };
  const files = [ids, events];
  const check = (entries: readonly Entry[]) => checkArchive(readTar(Readable.from([tarOf(entries)])));

  test('that is whole is what its manifest says', async () => {
    expect(await check([...files, last])).toEqual(manifest);
  });

  test.each([
    ['events-00001.jsonl is missing', [ids, last]],
    ['events-00001.jsonl is in it twice', [ids, events, events, last]],
    [
      'ids-00001.jsonl is not what was exported',
      [{ ...ids, bytes: Buffer.from('{"a":2}\n{"b":2}\n') }, events, last],
    ],
    ['more.jsonl does not belong to it', [...files, { ...ids, name: 'more.jsonl' }, last]],
    ['manifest.json is not its last file', [last, ...files]],
    ['manifest.json is none', [...files, { ...last, bytes: Buffer.from('{}') }]],
  ])('is refused: %s', async (what, entries) => {
    await expect(check(entries)).rejects.toMatchObject({
      code: 'config.invalid',
      message: expect.stringContaining(what),
    });
  });

  test('that ends too early, or has one byte changed anywhere in a header, is refused', async () => {
    const whole = tarOf([...files, last]);
    await expect(all(whole.subarray(0, 700))).rejects.toThrow('within ids-00001.jsonl');
    await expect(all(whole.subarray(0, 1_000))).rejects.toThrow('within ids-00001.jsonl');
    for (let at = 0; at < 512; at += 7) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] as number) ^ 0x11;
      await expect(checkArchive(readTar(Readable.from([changed])))).rejects.toMatchObject({
        code: 'config.invalid',
      });
    }
  });
});

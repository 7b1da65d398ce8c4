import { expect, test } from 'vitest';
import { type AuditEntry, type AuditLog, position } from '../../kernel/index.ts';
import { encodeCheckpoint, signCheckpoint } from './checkpoint.ts';
import { checkpointOver } from './covering.ts';
import { leafAt } from './leaf.ts';
import { epoch, key, recordOf } from './testing/history.ts';

const hourMs = 3_600_000;

/** A checkpoint an hour, each over four commits, in turn of one of two streams. */
function sealed(count: number): {
  entries: AuditEntry[];
  audit: Pick<AuditLog, 'read' | 'last'>;
  reads: () => number;
} {
  const entries = Array.from({ length: count }, (_, index) => {
    const stream = index % 2;
    const from = 4 * Math.floor(index / 2) + 1;
    const leaves = [0, 1, 2, 3].map((n) =>
      leafAt(
        from + n,
        recordOf(stream, from + n, () => 0),
      ),
    );
    const place = { number: index + 1, epoch, stream, from, previous: null };
    const signed = signCheckpoint(key, place, leaves, index * hourMs);
    return { number: index + 1, body: encodeCheckpoint(signed, `a${index}`) };
  });
  let reads = 0;
  return {
    entries,
    reads: () => reads,
    audit: {
      last: async () => entries.at(-1) ?? null,
      async *read(from) {
        for (const entry of entries.slice(from - 1)) {
          reads++;
          yield entry;
        }
      },
    },
  };
}

test('finds the checkpoint over each commit, whichever clock is a little ahead', async () => {
  const { audit } = sealed(31);
  for (const skew of [-60_000, 0, 60_000])
    for (let index = 0; index < 31; index++)
      for (const sequence of [4 * Math.floor(index / 2) + 1, 4 * Math.floor(index / 2) + 4]) {
        const commit = { at: index * hourMs + skew, position: position(epoch, index % 2, sequence) };
        expect((await checkpointOver(audit, commit))?.number).toBe(index + 1);
      }
});

test('finds none for what is not sealed yet, and none where there is none', async () => {
  const { audit } = sealed(6);
  expect(await checkpointOver(audit, { at: 7 * hourMs, position: position(epoch, 0, 13) })).toBeNull();
  expect(await checkpointOver(audit, { at: 0, position: position('e2', 0, 1) })).toBeNull();
  expect(await checkpointOver(sealed(0).audit, { at: 0, position: position(epoch, 0, 1) })).toBeNull();
});

test('reads a few of many', async () => {
  const { audit, reads } = sealed(2_000);
  const found = await checkpointOver(audit, { at: 1_500 * hourMs, position: position(epoch, 0, 3_001) });
  expect(found?.number).toBe(1_501);
  expect(reads()).toBeLessThan(20);
});

import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { simulatedServer } from '../../infra/event-log/index.ts';
import {
  type ContentLog,
  type ContentPlace,
  contentReader,
  contentWriter,
  redacted,
  type SealedContent,
  sealContent,
} from './index.ts';

/** Stands in for the vault: what is tested here is how pieces travel, not how they are sealed. */
const plainVault = {
  seal: async (_: unknown, plain: Uint8Array) => Uint8Array.from(plain),
  open: async (_: unknown, sealed: Uint8Array) => sealed,
};

async function placesOf(log: ContentLog, count: number): Promise<Map<string, ContentPlace>> {
  const places = new Map<string, ContentPlace>();
  for await (const { contents } of log.subscribe([])) {
    for (const { id, position, index } of contents) places.set(id, { position, index });
    if (places.size >= count) return places;
  }
  return places;
}

it('stores a content of many megabytes in pieces, over as many messages as it takes, and reads it again', async () => {
  const { contents } = simulatedServer().connect();
  const writer = contentWriter(contents);
  const of = { tenant: 'acme', subject: 'u1', id: 'c1', field: 'prompt' };
  const plain = new Uint8Array(randomBytes(5_000_000));
  const pieces = await sealContent(plainVault, of, plain);
  await writer.put('acme', pieces);
  await writer.drained();
  const places = await placesOf(contents, pieces.length);
  expect(new Set([...places.values()].map(({ position }) => position)).size).toBeGreaterThan(4);
  const reader = contentReader({
    contents,
    vault: plainVault,
    find: async (_, id) => places.get(id) ?? null,
  });
  const read = await reader.read(of);
  expect(read !== null && read !== redacted && Buffer.from(read as Uint8Array).equals(plain)).toBe(true);
});

it('puts contents of several callers into one message', async () => {
  const { contents } = simulatedServer().connect();
  const writer = contentWriter(contents);
  const one = (id: string): SealedContent => ({ id, subject: 'u1', sealed: new Uint8Array(100) });
  await Promise.all([writer.put('acme', [one('a'), one('b')]), writer.put('acme', [one('c')])]);
  const places = await placesOf(contents, 3);
  expect(new Set([...places.values()].map(({ position }) => position)).size).toBe(1);
});

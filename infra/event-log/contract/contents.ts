import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type ContentBatch,
  maxContentBytes,
  type Position,
  type SealedContent,
  uuidv7,
} from '../../../bounded-contexts/kernel/index.ts';
import type { Harness } from './harness.ts';
import { acme, umbrella, withHarness } from './support.ts';

const content = (bytes = 50): SealedContent => ({
  id: uuidv7(),
  subject: 'u_1',
  sealed: new Uint8Array(randomBytes(bytes)),
});
const plain = ({ id, subject, sealed }: SealedContent) => ({
  id,
  subject,
  sealed: Buffer.from(sealed).toString('hex'),
});

export function contentsContract(make: () => Promise<Harness>): void {
  describe('contents', () => {
    const on = withHarness(make);

    it('keeps a group of contents in one message, and finds each by its place', async () => {
      const group = [content(), content(0), content(400_000)];
      const position = await on.log.contents.append(acme, group);
      for (const [index, one] of group.entries()) {
        const found = await on.log.contents.at({ position, index });
        expect(found && plain(found)).toEqual(plain(one));
        expect(found?.tenant).toBe(acme);
      }
      expect(await on.log.contents.at({ position, index: 3 })).toBeNull();
      const next = position.replace(/\d+$/, (sequence) => `${Number(sequence) + 1000}`) as Position;
      expect(await on.log.contents.at({ position: next, index: 0 })).toBeNull();
    });

    it('delivers all contents in order, with their tenants and places, from a checkpoint', async () => {
      const groups = Array.from({ length: 30 }, () => [content(), content()]);
      const positions: Position[] = [];
      for (const group of groups) positions.push(await on.log.contents.append(umbrella, group));
      const subscription = on.log.contents.subscribe([positions[9] as Position]);
      const found: ContentBatch['contents'][number][] = [];
      for await (const batch of subscription) {
        found.push(...batch.contents.filter(({ tenant }) => tenant === umbrella));
        if (found.length >= 40) break;
      }
      expect(found.map(plain)).toEqual(groups.slice(10).flat().map(plain));
      expect(found.map(({ position, index }) => ({ position, index }))).toEqual(
        positions.slice(10).flatMap((position) => [0, 1].map((index) => ({ position, index }))),
      );
    });

    it('refuses a group that no message holds', async () => {
      await expect(on.log.contents.append(acme, [content(maxContentBytes)])).rejects.toMatchObject({
        code: 'log.commit-too-large',
      });
    });
  });
}

import { ANY } from '@eventstore/db-client';
import {
  type ContentBatch,
  type ContentLog,
  parsePosition,
  position,
  type StoredContent,
} from '../../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../../schemas/errors.ts';
import { decodeContents, encodeContents } from '../content-frame.ts';
import { insist } from '../insist.ts';
import { stoppable } from '../subscription.ts';
import { afterAppend } from './failure.ts';
import { contentEvent, contentStreamOf, tenantOfContents } from './form.ts';
import type { EsdbLogParts } from './log.ts';
import { runsOfAll } from './runs.ts';

/** Contents: a message each, in a stream a tenant. Counted apart from commits. */
export function esdbContents({ client, epoch, index, guard }: EsdbLogParts): ContentLog {
  const contentsOf = (stream: string, data: unknown): StoredContent[] => {
    const tenant = tenantOfContents(stream);
    if (tenant === undefined || !(data instanceof Uint8Array)) return [];
    return decodeContents(data).map((content) => ({ ...content, tenant }));
  };

  return {
    async append(tenant, contents) {
      const event = contentEvent(tenant, encodeContents(contents));
      const stream = contentStreamOf(tenant);
      await guard.fresh();
      const sequence = await insist(async () => {
        const { revision } = await client.append(stream, [event], ANY);
        return afterAppend(async () => {
          await index.catchUp();
          const known = index.known(event.id)?.sequence;
          if (known !== undefined) return known;
          // Stored long ago, under the same id.
          const [stored] = await client.stream(stream, revision, 1);
          return stored?.position && index.sequenceAt(stored.position.commit);
        });
      });
      if (sequence === undefined) throw new DaybookError('log.timeout');
      return position(epoch, 0, sequence);
    },

    async at({ position: of, index: number }) {
      const { epoch: asked, sequence } = parsePosition(of);
      if (asked !== epoch) return null;
      if (index.placeOf(sequence) === undefined) await index.catchUp();
      const place = index.placeOf(sequence);
      if (place === undefined) return null;
      for await (const { position: found, streamId, data } of client.all(place, 1))
        return found.commit === place ? (contentsOf(streamId, data)[number] ?? null) : null;
      return null;
    },

    subscribe(from) {
      return stoppable<ContentBatch>((signal) => {
        async function* batches(): AsyncGenerator<ContentBatch> {
          const runs = runsOfAll({
            client,
            index,
            after: from[0] === undefined ? 0 : parsePosition(from[0]).sequence,
            idleMs: 100,
            most: 100,
            guard,
            signal,
            read: ([event], sequence) => {
              const found = event ? contentsOf(event.streamId, event.data) : [];
              const bytes = found.reduce((sum, { sealed }) => sum + sealed.length, 0);
              return { found, bytes, at: position(epoch, 0, sequence) };
            },
          });
          for await (const { items, through, caughtUp } of runs) {
            yield {
              stream: 0,
              contents: items.flatMap(({ found, at }) =>
                found.map((content, number) => ({ ...content, position: at, index: number })),
              ),
              through: position(epoch, 0, through),
              caughtUp,
            };
          }
        }
        return [batches()];
      });
    },
  };
}

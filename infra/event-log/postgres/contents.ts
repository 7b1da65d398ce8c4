import type pg from 'pg';
import {
  type ContentBatch,
  type ContentLog,
  parsePosition,
  position,
  uuidv7,
} from '../../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../../schemas/errors.ts';
import { decodeContents, encodeContents } from '../content-frame.ts';
import { insist } from '../insist.ts';
import { stoppable } from '../subscription.ts';
import { failure } from './errors.ts';
import { follow, maxBatchBytes, withinBytes } from './follow.ts';
import type { HeadWatcher } from './head.ts';
import { grouped, type Writer } from './writer.ts';

interface Item {
  readonly tenant: string;
  readonly id: string;
  readonly body: Uint8Array;
}

export function postgresContents(
  epoch: string,
  pool: pg.Pool,
  writer: Writer,
  watcher: HeadWatcher,
): ContentLog {
  const store = grouped<Item, number>(
    async (items) => {
      const rows = await writer.query<{ sequence: string }>(
        'select sequence from log.append_contents($1, $2, $3, $4)',
        [
          epoch,
          items.map((item) => item.tenant),
          items.map((item) => item.id),
          items.map((item) => item.body),
        ],
      );
      return rows.map((row) => Number(row.sequence));
    },
    { maxItems: 256, maxBytes: 8 * 1024 * 1024 },
  );

  return {
    async append(tenant, contents) {
      const body = encodeContents(contents);
      const item = { tenant, id: uuidv7(), body };
      const sequence = await insist(() => store(item, body.length));
      return position(epoch, 0, sequence);
    },

    async at({ position: of, index }) {
      const parts = parsePosition(of);
      if (parts.epoch !== epoch || parts.stream !== 0) return null;
      const { rows } = await pool
        .query<{ tenant: string; body: Buffer }>(
          'select tenant, body from log.contents where sequence = $1',
          [parts.sequence],
        )
        .catch((error: unknown) => {
          throw failure(error, false);
        });
      const content = rows[0] && decodeContents(rows[0].body)[index];
      return rows[0] && content ? { tenant: rows[0].tenant, ...content } : null;
    },

    subscribe(from) {
      return stoppable<ContentBatch>((signal) => {
        async function* run(): AsyncGenerator<ContentBatch> {
          const start = from[0] === undefined ? undefined : parsePosition(from[0]);
          if (start && start.epoch !== epoch) throw new DaybookError('log.history-changed');
          const runs = follow({
            watcher,
            epoch,
            after: start?.sequence ?? 0,
            end: (heads) => heads.contents,
            batch: 200,
            idleMs: 1000,
            check: async () => {},
            signal,
            fetch: async (after, to, limit) => {
              const { rows } = await pool
                .query<{ sequence: string; tenant: string; body: Buffer }>(
                  withinBytes(`select sequence, tenant, body from log.contents
                    where sequence > $1 and sequence <= $2 order by sequence limit $3`),
                  [after, to, limit],
                )
                .catch((error: unknown) => {
                  throw failure(error, false);
                });
              const bytes = rows.reduce((sum, row) => sum + row.body.length, 0);
              return {
                rows: rows.map((row) => ({ ...row, sequence: Number(row.sequence) })),
                complete: rows.length < limit && bytes < maxBatchBytes,
              };
            },
          });
          for await (const { rows, through, caughtUp } of runs) {
            yield {
              stream: 0,
              contents: rows.flatMap(({ sequence, tenant, body }) =>
                decodeContents(body).map((content, index) => ({
                  tenant,
                  ...content,
                  position: position(epoch, 0, sequence),
                  index,
                })),
              ),
              through: position(epoch, 0, through),
              caughtUp,
            };
          }
        }
        return [run()];
      });
    },
  };
}

/**
 * Answers that may be given again, in Postgres beside the vault: the adapter of the inference context's
 * `Replies`. Sealed under the data subject's key; what has expired is removed as new ones come.
 */
import type pg from 'pg';
import { z } from 'zod';
import type { Replies, ReplyPlace } from '../../bounded-contexts/inference/index.ts';
import type { Vault } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError, isDaybookError } from '../../schemas/errors.ts';
import { tenantDoor } from '../tenant-door/index.ts';

interface Row {
  readonly request: string;
  readonly invocation: string;
  readonly subject: string;
  readonly sealed: Buffer | null;
}

/** One in so many writes also removes what has expired. */
const sweepEvery = 64;

/** An answer of a model. */
export const modelReply = z.object({
  invocation: z.string(),
  tier: z.number(),
  provider: z.string(),
  model: z.string(),
  contentType: z.string(),
  body: z.string(),
  cost: z.string(),
});

/** `schema`: of what is kept. */
export function postgresReplies<Kept extends { readonly invocation: string }>(
  pool: pg.Pool,
  vault: Pick<Vault, 'seal' | 'open'>,
  schema: z.ZodType<Kept>,
): Replies<Kept> {
  let writes = 0;
  const door = tenantDoor(pool);
  const query = async (tenant: string, sql: string, values: unknown[]): Promise<Row[]> => {
    try {
      return await door.query<Row>(tenant, sql, values);
    } catch (error) {
      throw new DaybookError('vault.unavailable', undefined, {}, { cause: error });
    }
  };
  const contextOf = (
    { tenant }: ReplyPlace,
    { subject, invocation }: Pick<Row, 'subject' | 'invocation'>,
  ) => ({
    tenant,
    subject,
    id: invocation,
    field: 'reply',
  });

  /** The kept answer; undefined where its person was erased meanwhile. */
  async function opened(place: ReplyPlace, row: Row | undefined) {
    if (!row?.sealed) return undefined;
    try {
      const plain = await vault.open(contextOf(place, row), row.sealed);
      return 'redacted' in plain ? undefined : schema.parse(JSON.parse(Buffer.from(plain).toString()));
    } catch (error) {
      if (isDaybookError(error, 'vault.redacted')) return undefined;
      throw error;
    }
  }

  const sweep = async () => {
    try {
      await door.sweep('delete from vault.replies where expires_at < now()');
    } catch (error) {
      throw new DaybookError('vault.unavailable', undefined, {}, { cause: error });
    }
  };

  return {
    sweep,
    async claim(place, { request, invocation, subject, leaseMs }) {
      const { tenant, kind, key } = place;
      const [ours] = await query(
        tenant,
        `insert into vault.replies as r (tenant_id, kind, key, request, invocation, subject, expires_at)
         values ($1, $2, $3, $4, $5, $6, now() + $7 * interval '1 ms')
         on conflict (tenant_id, kind, key) do update
           set request = excluded.request, invocation = excluded.invocation, subject = excluded.subject,
               sealed = null, expires_at = excluded.expires_at
           where r.expires_at < now()
         returning request, invocation, subject, sealed`,
        [tenant, kind, key, request, invocation, subject, leaseMs],
      );
      if (ours) return { kind: 'ours' };
      const [held] = await query(
        tenant,
        'select request, invocation, subject, sealed from vault.replies where tenant_id = $1 and kind = $2 and key = $3',
        [tenant, kind, key],
      );
      // It was given up in this very moment: the caller's next try finds it free.
      if (!held) return { kind: 'in-progress' };
      if (held.request !== request) return { kind: 'other-request' };
      if (held.sealed === null) return { kind: 'in-progress' };
      const reply = await opened(place, held);
      return reply ? { kind: 'kept', reply } : { kind: 'other-request' };
    },
    async find(place) {
      const [row] = await query(
        place.tenant,
        `select request, invocation, subject, sealed from vault.replies
         where tenant_id = $1 and kind = $2 and key = $3 and expires_at > now()`,
        [place.tenant, place.kind, place.key],
      );
      return opened(place, row);
    },
    async keep(place, reply, { request, subject, forMs }) {
      const { tenant, kind, key } = place;
      const sealed = await vault.seal(
        contextOf(place, { subject, invocation: reply.invocation }),
        Buffer.from(JSON.stringify(reply)),
      );
      await query(
        tenant,
        `insert into vault.replies (tenant_id, kind, key, request, invocation, subject, sealed, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, now() + $8 * interval '1 ms')
         on conflict (tenant_id, kind, key) do update
           set request = excluded.request, invocation = excluded.invocation, subject = excluded.subject,
               sealed = excluded.sealed, expires_at = excluded.expires_at`,
        [tenant, kind, key, request, reply.invocation, subject, Buffer.from(sealed), forMs],
      );
      if (writes++ % sweepEvery === 0) await sweep();
    },
    async forget(tenant, subject) {
      const gone = await query(
        tenant,
        'delete from vault.replies where tenant_id = $1 and subject = $2 returning invocation',
        [tenant, subject],
      );
      return gone.length;
    },
    async drop({ tenant, kind, key }, invocation) {
      await query(
        tenant,
        `delete from vault.replies
         where tenant_id = $1 and kind = $2 and key = $3 and invocation = $4 and sealed is null`,
        [tenant, kind, key, invocation],
      );
    },
  };
}

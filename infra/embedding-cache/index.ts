/**
 * Vectors of texts that were embedded before, in Postgres beside the vault: the adapter of the knowledge context's
 * `VectorCache`. A department has its own, so that no other learns from a hit that somebody has the same text.
 */
import type pg from 'pg';
import type { VectorCache } from '../../bounded-contexts/knowledge/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { tenantDoor } from '../tenant-door/index.ts';

/** Rows of one statement. */
const slice = 1_000;

const bytesOf = (vector: Float32Array): Buffer => {
  const bytes = Buffer.allocUnsafe(4 * vector.length);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, 4 * index);
  return bytes;
};

const vectorOf = (bytes: Buffer): Float32Array =>
  Float32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(4 * index));

/** Throws `vault.unavailable` while Postgres is away. */
export function postgresVectorCache(pool: pg.Pool): VectorCache {
  const door = tenantDoor(pool);
  const query = async <Row extends pg.QueryResultRow>(tenant: string, sql: string, values: unknown[]) => {
    try {
      return await door.query<Row>(tenant, sql, values);
    } catch (error) {
      throw new DaybookError('vault.unavailable', undefined, {}, { cause: error });
    }
  };
  return {
    async get({ tenant, department, model }, hashes) {
      const found = new Map<string, Float32Array>();
      for (let at = 0; at < hashes.length; at += slice) {
        const rows = await query<{ hash: string; vector: Buffer }>(
          tenant,
          `select hash, vector from vault.embeddings
           where tenant_id = $1 and department = $2 and model = $3 and hash = any($4)`,
          [tenant, department, model, hashes.slice(at, at + slice)],
        );
        for (const { hash, vector } of rows) found.set(hash, vectorOf(vector));
      }
      return found;
    },
    async put({ tenant, department, model }, vectors) {
      await query(
        tenant,
        `insert into vault.embeddings (tenant_id, department, model, hash, vector)
         select $1, $2, $3, hash, vector from unnest($4::text[], $5::bytea[]) as made (hash, vector)
         on conflict do nothing`,
        [tenant, department, model, [...vectors.keys()], [...vectors.values()].map(bytesOf)],
      );
    },
  };
}

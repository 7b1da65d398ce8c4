/** How a collection is made: one for each embedding model and dimension, with all tenants in it. */
import { createHash } from 'node:crypto';
import type { QdrantClient, Schemas } from '@qdrant/js-client-rest';
import { DaybookError } from '../../../schemas/errors.ts';

/** The most points of one request; chunks of some thousand letters stay far below the server's 32 MiB. */
export const upsertBatch = 128;
/** Twice the port's most hits, twice for hits that are on their way out. */
export const mostCandidates = 4_000;

const keywords = [
  'kind',
  'document',
  'generation',
  'department',
  'privacy',
  'type',
  'source',
  'tags',
  'author',
  'language',
] as const;

/** Legible, and different for different models. */
const prefixOf = (model: string): string => {
  const name = model.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return `daybook-${name}-${createHash('sha256').update(model).digest('hex').slice(0, 8)}-`;
};

export interface Collections {
  /** The model's collection; undefined where nothing was ever put. */
  find(model: string): Promise<Collection | undefined>;
  /** The same, made where there is none. Throws `retrieval.vector-mismatch`. */
  open(model: string, dimension: number): Promise<Collection>;
}

export interface Collection {
  readonly name: string;
  readonly dimension: number;
}

export function collections(client: QdrantClient, prefix: string): Collections {
  const known = new Map<string, Collection>();
  const ready = new Map<string, Promise<void>>();

  const find = async (model: string): Promise<Collection | undefined> => {
    const remembered = known.get(model);
    if (remembered) return remembered;
    const begins = prefix + prefixOf(model);
    const { collections: all } = await client.getCollections();
    const name = all.map((one) => one.name).find((one) => one.startsWith(begins));
    if (name === undefined) return undefined;
    const found = { name, dimension: Number(name.slice(begins.length)) };
    known.set(model, found);
    return found;
  };

  return {
    find,
    async open(model, dimension) {
      const collection = (await find(model)) ?? {
        name: `${prefix}${prefixOf(model)}${dimension}`,
        dimension,
      };
      if (dimension !== 0 && dimension !== collection.dimension)
        throw new DaybookError(
          'retrieval.vector-mismatch',
          `The index has vectors of ${collection.dimension} numbers, this one has ${dimension}.`,
        );
      const making = ready.get(collection.name) ?? make(client, collection);
      ready.set(collection.name, making);
      try {
        await making;
      } catch (error) {
        ready.delete(collection.name);
        throw error;
      }
      known.set(model, collection);
      return collection;
    },
  };
}

type FieldSchema = Schemas['PayloadFieldSchema'];

/** Safe to repeat, and for two at once: indexes first, since strict mode refuses to filter by what has none. */
async function make(client: QdrantClient, { name, dimension }: Collection): Promise<void> {
  const { exists } = await client.collectionExists(name);
  if (!exists) {
    try {
      await client.createCollection(name, {
        vectors: dimension === 0 ? {} : { dense: { size: dimension, distance: 'Cosine' } },
        sparse_vectors: { keyword: { modifier: 'idf' } },
        // A graph for each tenant and none over all of them: every search is one tenant's.
        hnsw_config: { m: 0, payload_m: 16 },
        strict_mode_config: {
          enabled: true,
          unindexed_filtering_retrieve: false,
          unindexed_filtering_update: false,
          max_query_limit: mostCandidates,
          upsert_max_batchsize: upsertBatch,
        },
      });
    } catch (error) {
      // Somebody else may have been quicker.
      if (!(await client.collectionExists(name)).exists) throw error;
    }
  }
  const index = (field_name: string, field_schema: FieldSchema) =>
    client.createPayloadIndex(name, { field_name, field_schema, wait: true });
  await index('tenant', { type: 'keyword', is_tenant: true });
  for (const field of keywords) await index(field, 'keyword');
  await index('date', 'datetime');
  await index('putAt', 'integer');
}

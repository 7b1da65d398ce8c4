/**
 * Chunks in Qdrant: dense and sparse vectors of one point, payload indexes for every filter. A document has a head, a
 * point without vectors that names the put that is live; writing it is what replaces a revision, in one step. What was
 * put before is removed afterwards, what a search finds of other puts is left out (docs/adr/0095).
 */
import { randomUUID } from 'node:crypto';
import { QdrantClient } from '@qdrant/js-client-rest';
import {
  type ChunkIndex,
  checkFilter,
  checkQuery,
  hasDirection,
} from '../../../bounded-contexts/knowledge/index.ts';
import { DaybookError, isDaybookError } from '../../../schemas/errors.ts';
import { collections, mostCandidates, upsertBatch } from './collection.ts';
import { is, rightsOf, wantedOf } from './conditions.ts';
import { type Heads, headId, readHeads, settled } from './heads.ts';
import { chunkPayload, headPayload, type Put, pointId } from './payload.ts';
import { ask, best } from './search.ts';
import { sparseChunk } from './sparse.ts';

export interface QdrantOptions {
  readonly url: string;
  readonly apiKey?: string;
  /** Before the name of each collection, where several Daybooks share a server. Default none. */
  readonly prefix?: string;
  /** Of one request. Default 10,000 ms. */
  readonly timeoutMs?: number;
  readonly clock?: () => number;
}

/** Puts that never became live are removed after so long. */
const abandonedAfter = 3_600_000;
/** A search is repeated so often while documents change under it. */
const mostRounds = 5;

export function qdrantIndex(options: QdrantOptions): ChunkIndex {
  const { url, apiKey, prefix = '', timeoutMs = 10_000, clock = Date.now } = options;
  const client = new QdrantClient({
    url,
    timeout: timeoutMs,
    checkCompatibility: false,
    ...(apiKey === undefined ? {} : { apiKey }),
  });
  const models = collections(client, prefix);

  /** What was put before `replaced` gave way, and what was left behind long ago. Nobody sees either any more. */
  const tidy = async (collection: string, tenant: string, document: string, replaced?: string) => {
    await client.delete(collection, {
      wait: true,
      filter: {
        must: [is('tenant', tenant), is('document', document), is('kind', 'chunk')],
        should: [
          ...(replaced === undefined ? [] : [is('generation', replaced)]),
          { key: 'putAt', range: { lt: clock() - abandonedAfter } },
        ],
      },
    });
  };

  const index: ChunkIndex = {
    async put(tenant, model, revision) {
      const dimension = revision.chunks.find(({ vector }) => vector)?.vector?.length ?? 0;
      const odd = revision.chunks.find(({ vector }) => vector && vector.length !== dimension);
      if (odd) throw new DaybookError('retrieval.vector-mismatch');
      const { name } = await models.open(model, dimension);
      const before = (await readHeads(client, name, tenant, [revision.document])).get(revision.document);
      const put: Put = { tenant, generation: randomUUID(), putAt: clock() };
      const points = revision.chunks.map((chunk) => ({
        id: pointId('chunk', put.generation, String(chunk.ordinal)),
        vector: {
          keyword: sparseChunk(
            chunk.context === undefined ? chunk.text : `${chunk.context}\n${chunk.text}`,
            revision.language,
          ),
          // Of no direction, it is near to nothing.
          ...(chunk.vector && hasDirection(chunk.vector) ? { dense: [...chunk.vector] } : {}),
        },
        payload: chunkPayload(put, revision, chunk),
      }));
      for (let at = 0; at < points.length; at += upsertBatch)
        await client.upsert(name, { wait: true, points: points.slice(at, at + upsertBatch) });
      const head = { ...put, putAt: clock() };
      await client.upsert(name, {
        wait: true,
        ordering: 'strong',
        points: [{ id: headId(tenant, revision.document), vector: {}, payload: headPayload(head, revision) }],
      });
      if (before) await tidy(name, tenant, revision.document, before.generation);
    },

    async stampOf(tenant, model, document) {
      const collection = await models.find(model);
      if (!collection) return undefined;
      return (await readHeads(client, collection.name, tenant, [document])).get(document)?.stamp;
    },

    async remove(tenant, model, document) {
      const collection = await models.find(model);
      if (!collection) return;
      const { name } = collection;
      const before = (await readHeads(client, name, tenant, [document])).get(document);
      await client.delete(name, { wait: true, ordering: 'strong', points: [headId(tenant, document)] });
      await tidy(name, tenant, document, before?.generation);
    },

    async search(tenant, model, query) {
      checkQuery(query);
      const collection = await models.find(model);
      if (!collection) return [];
      if (query.vector && query.mode !== 'keyword' && query.vector.length !== collection.dimension)
        throw new DaybookError('retrieval.vector-mismatch');
      const single = query.mode === 'keyword' || query.mode === 'dense';
      const candidates = single ? query.k : Math.ceil(query.k * (query.overFetch ?? 2));
      let limit = candidates;
      let seen: Heads = new Map();
      for (let round = 1; ; round++) {
        const begun = clock();
        const finding = await ask(client, collection.name, tenant, query, Math.min(limit, mostCandidates));
        const lists = [finding.keyword, finding.dense, finding.fused ?? []];
        const documents = new Set(lists.flat().map(({ item }) => item.hit.document));
        const heads = await readHeads(client, collection.name, tenant, [...documents]);
        const isLive = ({ generation, hit }: { generation: string; hit: { document: string } }) =>
          heads.get(hit.document)?.generation === generation;
        // Of a full list something may have fallen out for what is not live.
        const crowded = lists.some(
          (list) => list.length >= limit && list.filter(({ item }) => isLive(item)).length < candidates,
        );
        if (round === mostRounds || (settled(heads, seen, begun) && !(crowded && limit < mostCandidates)))
          return best(finding, query, candidates, isLive);
        seen = heads;
        if (crowded) limit *= 2;
      }
    },

    async count(tenant, model, filter) {
      checkFilter(filter);
      const must = [...rightsOf(tenant, filter), ...wantedOf(filter)];
      const collection = await models.find(model);
      if (!collection) return { documents: 0, chunks: 0 };
      const countOf = async (kind: string) =>
        (await client.count(collection.name, { exact: true, filter: { must: [is('kind', kind), ...must] } }))
          .count;
      const [documents, chunks] = await Promise.all([countOf('head'), countOf('chunk')]);
      return { documents, chunks };
    },

    close: async () => {},
  };
  return translated(index);
}

/** What the client throws is told as one of ours. */
function translated(index: ChunkIndex): ChunkIndex {
  const wrap =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      try {
        return await call(...args);
      } catch (error) {
        if (isDaybookError(error)) throw error;
        throw new DaybookError('vectors.unavailable', undefined, {}, { cause: error });
      }
    };
  return {
    put: wrap(index.put),
    stampOf: wrap(index.stampOf),
    remove: wrap(index.remove),
    search: wrap(index.search),
    count: wrap(index.count),
    close: index.close,
  };
}

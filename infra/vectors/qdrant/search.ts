import type { QdrantClient, Schemas } from '@qdrant/js-client-rest';
import {
  type ChunkQuery,
  type Fused,
  fuse,
  hasDirection,
  rrfK,
  type Scored,
} from '../../../bounded-contexts/knowledge/index.ts';
import { is, rightsOf, wantedOf } from './conditions.ts';
import { type Found, foundIn } from './payload.ts';
import { sparseQuery } from './sparse.ts';

type Point = Schemas['ScoredPoint'];

/** What the server found, before it is known which puts are live. */
export interface Finding {
  readonly keyword: readonly Scored<Found>[];
  readonly dense: readonly Scored<Found>[];
  /** Fused by the server: asked for where no reasons are wanted. */
  readonly fused?: readonly Scored<Found>[];
}

const scored = ({ id, score, payload }: Point): Scored<Found> => ({
  key: String(id),
  item: foundIn(payload),
  score,
});

/** One request for both kinds. */
export async function ask(
  client: QdrantClient,
  collection: string,
  tenant: string,
  query: ChunkQuery,
  limit: number,
): Promise<Finding> {
  const rights = [is('kind', 'chunk'), ...rightsOf(tenant, query.filter)];
  const filter = { must: [...rights, ...wantedOf(query.filter)] };
  const terms = query.mode === 'dense' ? undefined : sparseQuery(query.text, query.language);
  const vector =
    query.mode !== 'keyword' && query.vector && hasDirection(query.vector) ? query.vector : undefined;
  const keyword = terms &&
    terms.indices.length > 0 && {
      query: { indices: terms.indices, values: terms.values },
      using: 'keyword',
      filter,
      limit,
      params: { idf: { corpus: { must: rights } } },
    };
  const dense = vector && { query: [...vector], using: 'dense', filter, limit };
  if (query.mode === 'rrf' && query.explain === false && keyword && dense) {
    const { points } = await client.query(collection, {
      prefetch: [keyword, dense],
      // The server counts places from 0, we from 1.
      query: { rrf: { k: rrfK + 1 } },
      limit,
      with_payload: true,
    });
    return { keyword: [], dense: [], fused: points.map(scored) };
  }
  const searches = [keyword, dense].flatMap((one) => (one ? [{ ...one, with_payload: true }] : []));
  if (searches.length === 0) return { keyword: [], dense: [] };
  const results = await client.queryBatch(collection, { searches });
  const lists = results.map(({ points }) => points.map(scored));
  return { keyword: keyword ? (lists[0] ?? []) : [], dense: dense ? (lists.at(-1) ?? []) : [] };
}

/** The best of what is live, at most `candidates` of each kind. */
export function best(
  finding: Finding,
  query: ChunkQuery,
  candidates: number,
  isLive: (found: Found) => boolean,
) {
  const live = (list: readonly Scored<Found>[]) =>
    list.filter(({ item }) => isLive(item)).slice(0, candidates);
  const fused: readonly Fused<Found>[] = finding.fused
    ? live(finding.fused).map((one) => ({ ...one, parts: {} }))
    : fuse({
        mode: query.mode,
        keyword: live(finding.keyword),
        dense: live(finding.dense),
        ...(query.weights ? { weights: query.weights } : {}),
      });
  return fused.slice(0, query.k).map(({ item, score, parts }) => ({ ...item.hit, score, parts }));
}

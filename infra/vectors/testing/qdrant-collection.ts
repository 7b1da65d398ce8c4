import type { Schemas } from '@qdrant/js-client-rest';

/** A point as it is kept: the dense vector at length 1, the sparse one by index. */
interface Point {
  readonly id: string;
  readonly dense: Float32Array | undefined;
  readonly sparse: ReadonlyMap<number, number>;
  readonly payload: Readonly<Record<string, unknown>>;
}

type Condition = Schemas['FieldCondition'];
export interface Filter {
  readonly must?: readonly Condition[];
  readonly should?: readonly Condition[];
  readonly must_not?: readonly Condition[];
}

export interface Search {
  readonly query: number[] | { indices: number[]; values: number[] } | { rrf: { k: number } };
  readonly using?: string;
  readonly filter?: Filter;
  readonly limit: number;
  readonly params?: { idf?: { corpus: Filter } };
  readonly prefetch?: readonly Search[];
}

export interface Scored {
  readonly point: Point;
  readonly score: number;
}

/** A refusal, as the server would say it. */
export class Refused extends Error {}

/** One collection in memory, with the semantics that the adapter relies on, strict mode included. */
export interface Collection {
  addIndex(field: string): void;
  /** Point by point: between two of them others may look. */
  upsert(points: readonly Schemas['PointStruct'][]): Promise<void>;
  retrieve(ids: readonly string[]): Point[];
  delete(selector: { points?: readonly string[]; filter?: Filter }): Promise<void>;
  count(filter: Filter): number;
  query(search: Search): Scored[];
}

export function collection(config: Schemas['CreateCollection']): Collection {
  const points = new Map<string, Point>();
  const indexed = new Set<string>();
  const strict = config.strict_mode_config;
  const size = (config.vectors as { dense?: { size: number } } | undefined)?.dense?.size ?? 0;
  const pause = () => new Promise<void>((resolve) => setImmediate(resolve));

  const matching = (filter: Filter | undefined): Point[] => {
    for (const { key } of [...(filter?.must ?? []), ...(filter?.should ?? []), ...(filter?.must_not ?? [])])
      if (strict?.enabled && strict.unindexed_filtering_retrieve === false && !indexed.has(key))
        throw new Refused(`Index required but not found for "${key}"`);
    return [...points.values()].filter(({ payload }) => passes(payload, filter));
  };

  const nearest = ({ query, using, filter, params }: Search): Scored[] => {
    if (Array.isArray(query)) {
      if (using !== 'dense' || query.length !== size)
        throw new Refused(`Vector dimension error: expected dim: ${size}, got ${query.length}`);
      const unit = normalised(query);
      return matching(filter).flatMap((point) =>
        point.dense
          ? [{ point, score: point.dense.reduce((sum, one, at) => sum + one * (unit[at] ?? 0), 0) }]
          : [],
      );
    }
    if (!('indices' in query)) throw new Refused('nothing to fuse');
    const population = params?.idf ? matching(params.idf.corpus) : [...points.values()];
    const asked = query.indices.map((index, at) => {
      const holding = population.filter(({ sparse }) => sparse.has(index)).length;
      const idf = Math.log(1 + (population.length - holding + 0.5) / (holding + 0.5));
      return [index, (query.values[at] ?? 0) * idf] as const;
    });
    return matching(filter).flatMap((point) => {
      const shared = asked.filter(([index]) => point.sparse.has(index));
      const score = shared.reduce((sum, [index, weight]) => sum + weight * (point.sparse.get(index) ?? 0), 0);
      return shared.length > 0 ? [{ point, score }] : [];
    });
  };

  const query = (search: Search): Scored[] => {
    if (search.limit > Number(strict?.max_query_limit ?? Number.POSITIVE_INFINITY))
      throw new Refused('Limit exceeded');
    const { prefetch, query: asked } = search;
    const found =
      prefetch && typeof asked === 'object' && 'rrf' in asked
        ? fused(prefetch.map(query), asked.rrf.k)
        : nearest(search);
    return found.sort((a, b) => b.score - a.score).slice(0, search.limit);
  };

  return {
    addIndex: (field) => void indexed.add(field),
    async upsert(added) {
      if (added.length > Number(strict?.upsert_max_batchsize ?? Number.POSITIVE_INFINITY))
        throw new Refused('Batch too large');
      for (const { id, vector, payload } of added) {
        const { dense, keyword } = vector as {
          dense?: number[];
          keyword?: { indices: number[]; values: number[] };
        };
        if (dense && dense.length !== size)
          throw new Refused(`Vector dimension error: expected dim: ${size}, got ${dense.length}`);
        if (keyword && new Set(keyword.indices).size < keyword.indices.length)
          throw new Refused('must be unique');
        await pause();
        points.set(String(id), {
          id: String(id),
          dense: dense && normalised(dense),
          sparse: new Map(keyword?.indices.map((index, at) => [index, keyword.values[at] ?? 0])),
          payload: payload ?? {},
        });
      }
    },
    retrieve: (ids) => ids.flatMap((id) => points.get(id) ?? []),
    async delete({ points: ids, filter }) {
      for (const id of ids ?? matching(filter).map((point) => point.id)) {
        await pause();
        points.delete(id);
      }
    },
    count: (filter) => matching(filter).length,
    query,
  };
}

function fused(lists: readonly Scored[][], k: number): Scored[] {
  const scores = new Map<Point, number>();
  for (const list of lists)
    for (const [at, { point }] of list.entries()) scores.set(point, (scores.get(point) ?? 0) + 1 / (k + at));
  return [...scores].map(([point, score]) => ({ point, score }));
}

function normalised(vector: readonly number[]): Float32Array {
  const length = Math.hypot(...vector) || 1;
  return Float32Array.from(vector, (value) => value / length);
}

function passes(payload: Point['payload'], { must = [], should = [], must_not = [] }: Filter = {}): boolean {
  const holds = ({ key, match, range }: Condition): boolean => {
    const values: unknown[] = [payload[key]].flat().filter((value) => value !== undefined);
    if (match && 'value' in match) return values.some((value) => value === match.value);
    if (match && 'any' in match)
      return values.some((value) => (match.any as readonly unknown[]).includes(value));
    if (!range) throw new Refused('a condition of which the stand-in knows nothing');
    const { gte, lt } = range;
    return values.some(
      (value) => (gte == null || at(value) >= at(gte)) && (lt == null || at(value) < at(lt)),
    );
  };
  return must.every(holds) && (should.length === 0 || should.some(holds)) && !must_not.some(holds);
}

/** A number, or a moment. */
const at = (value: unknown): number => (typeof value === 'string' ? Date.parse(value) : Number(value));

import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type pino from 'pino';
import { contentReader, systemClock } from '../../bounded-contexts/kernel/index.ts';
import {
  type CachedAnswer,
  createSemanticCache,
  type DocumentDetails,
  detailsPlace,
  type Ingestion,
  indexAsOf,
  openLibrary,
  type RevisionState,
  rowsOf,
  startIngestion,
} from '../../bounded-contexts/knowledge/index.ts';
import {
  confidenceOfTenants,
  gatewayEmbedder,
  gatewaySituator,
  type KnowledgeService,
  modelFor,
  promptSets,
  reachedOrThrow,
} from '../../gateway/knowledge/index.ts';
import type { ModelCallPorts } from '../../gateway/shared/model-call.ts';
import type { ReadStore } from '../../projections/ports.ts';
import { answerStands, findContents } from '../../projections/queries.ts';
import { DaybookError, isDaybookError } from '../../schemas/errors.ts';
import { postgresVectorCache } from '../embedding-cache/index.ts';
import { createExtractor, documentReader } from '../extraction/index.ts';
import { embeddedIndex, qdrantIndex } from '../vectors/index.ts';
import type { Configuration } from './configuration.ts';
import type { Parts } from './parts.ts';
import { rerankersOf } from './reranker.ts';

export interface RunningKnowledge {
  readonly service: KnowledgeService;
  stop(): Promise<void>;
}

/** Attempts to read one revision: a worker that dies by it dies no more often. */
const mostAttempts = 12;
/** So long the details of a document that has just come are looked for. */
const detailsMs = 2_000;

/** The library and its index, what answers questions from it, and what brings documents into it. */
export async function startKnowledge(
  { env, file, dataDir }: Configuration,
  parts: Parts,
  store: ReadStore,
  calls: ModelCallPorts,
  instance: string,
  logger: pino.Logger,
): Promise<RunningKnowledge> {
  const { log, vault, blobs, pool } = parts;
  const reader = contentReader({
    contents: parts.contents,
    vault,
    find: async (tenant, id) => (await findContents(store, tenant, [id])).get(id) ?? null,
  });
  const detailsNow = async (tenant: string, present: RevisionState): Promise<DocumentDetails> => {
    const found = await reader.read(detailsPlace(tenant, present.department, present.details));
    // The read model that knows where contents lie may be a moment behind.
    if (found === null) throw new DaybookError('read-store.unavailable', 'The details are not found yet.');
    if ('redacted' in found) throw new DaybookError('vault.redacted');
    return JSON.parse(Buffer.from(found).toString()) as DocumentDetails;
  };
  /** Of a document that has just come: rather a moment here than an attempt that is made again after seconds. */
  const detailsSoon: typeof detailsNow = async (tenant, present) => {
    const deadline = performance.now() + detailsMs;
    for (;;) {
      try {
        return await detailsNow(tenant, present);
      } catch (error) {
        if (!isDaybookError(error) || error.code !== 'read-store.unavailable' || performance.now() > deadline)
          throw error;
        await pause(20);
      }
    }
  };
  const index = env.QDRANT_URL === undefined ? embeddedIndex() : qdrantIndex({ url: env.QDRANT_URL });
  const about = async (tenant: string, present: RevisionState) => {
    const { source, author } = await detailsNow(tenant, present);
    return { ...(source === undefined ? {} : { source }), ...(author === undefined ? {} : { author }) };
  };
  const library = openLibrary({
    log,
    blobs,
    index,
    detailsOf: about,
    report: (error) => logger.warn({ error }, 'a document could not be put into the index'),
  });
  const embedder = gatewayEmbedder(calls, file.knowledge.embeddingModel);
  const rerankers = rerankersOf(calls, file.knowledge);
  const cache = createSemanticCache<CachedAnswer>();
  library.onChange(({ tenant, document, department, before, now, vectors, dimensions }) => {
    if (before !== undefined)
      cache.apply({ kind: 'revision-ended', tenant, document, revision: String(before) });
    if (now === undefined) return;
    const count = dimensions === 0 ? 0 : vectors.length / dimensions;
    const chunks = Array.from({ length: count }, (_, n) => ({
      vector: vectors.subarray(n * dimensions, (n + 1) * dimensions),
    }));
    cache.apply({ kind: 'chunks-added', tenant, department, chunks: count === 0 ? [{}] : chunks });
  });
  await library.ready;
  const queue = await parts.openQueue();
  const ingestion: Ingestion = startIngestion({
    log,
    clock: systemClock,
    blobs,
    reader: documentReader(createExtractor(), join(dataDir, 'reading')),
    embedder,
    situator: () => gatewaySituator(calls, file.knowledge.answerModel),
    cache: postgresVectorCache(pool),
    details: detailsSoon,
    actor: `gateway:${instance}`,
    mostAttempts,
    queue,
    concurrency: file.knowledge.workers,
    report: (error) => logger.warn({ error }, 'a document is tried again'),
  });
  const service: KnowledgeService = {
    config: file.knowledge,
    library,
    now: {
      index,
      async textOf(tenant, document, revision) {
        const live = library.document(tenant, document)?.live;
        if (live?.revision !== revision)
          throw new DaybookError(
            'resource.not-found',
            'The document changed while it was searched; ask again.',
          );
        return library.textOf(tenant, live);
      },
      rows: (tenant, filter) => rowsOf({ blobs }, tenant, library.live(tenant, filter)),
    },
    asOf: indexAsOf({ log, blobs, detailsOf: about, newIndex: embeddedIndex }),
    embedder,
    cache,
    promptsFor: promptSets(),
    confidence: confidenceOfTenants(store),
    stands: (tenant, query) => answerStands(store, tenant, query).catch(() => false),
    modelFor: (principal, attribution, name) =>
      modelFor(calls, principal, attribution, name, rerankers.of(principal, attribution)),
    waitFor: (position) => reachedOrThrow(library, position),
  };
  return {
    service,
    async stop() {
      await ingestion.stop();
      await library.stop();
      await index.close();
      await rerankers.close();
    },
  };
}

import { join } from 'node:path';
import type pino from 'pino';
import { contentReader, systemClock } from '../../bounded-contexts/kernel/index.ts';
import {
  type CachedAnswer,
  createSemanticCache,
  type DocumentDetails,
  defaultPrompts,
  detailsPlace,
  type Ingestion,
  indexAsOf,
  openLibrary,
  promptSet,
  type RevisionState,
  rowsOf,
  startIngestion,
} from '../../bounded-contexts/knowledge/index.ts';
import {
  confidenceOfTenants,
  gatewayEmbedder,
  type KnowledgeService,
  modelFor,
  reachedOrThrow,
} from '../../gateway/knowledge/index.ts';
import type { ModelCallPorts } from '../../gateway/shared/model-call.ts';
import type { ReadStore } from '../../projections/ports.ts';
import { findContents } from '../../projections/queries.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { postgresVectorCache } from '../embedding-cache/index.ts';
import { createExtractor, documentReader } from '../extraction/index.ts';
import { embeddedIndex, qdrantIndex } from '../vectors/index.ts';
import type { Configuration } from './configuration.ts';
import type { Parts } from './parts.ts';

export interface RunningKnowledge {
  readonly service: KnowledgeService;
  stop(): Promise<void>;
}

/** Attempts to read one revision: a worker that dies by it dies no more often. */
const mostAttempts = 12;
/** How long, in ms, a read model may be behind before a document is tried again later, and how often it is asked. */
const mostBehindMs = 5_000;
const lookMs = 50;

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
  const detailsOf = async (tenant: string, present: RevisionState): Promise<DocumentDetails> => {
    const place = detailsPlace(tenant, present.department, present.details);
    let found = await reader.read(place);
    // The read model that knows where contents lie may be a moment behind.
    for (let waited = 0; found === null && waited < mostBehindMs; waited += lookMs) {
      await new Promise((resolve) => setTimeout(resolve, lookMs));
      found = await reader.read(place);
    }
    if (found === null) throw new DaybookError('read-store.unavailable', 'The details are not found yet.');
    if ('redacted' in found) throw new DaybookError('vault.redacted');
    return JSON.parse(Buffer.from(found).toString()) as DocumentDetails;
  };
  const index = env.QDRANT_URL === undefined ? embeddedIndex() : qdrantIndex({ url: env.QDRANT_URL });
  const about = async (tenant: string, present: RevisionState) => {
    const { source, author } = await detailsOf(tenant, present);
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
    cache: postgresVectorCache(pool),
    details: detailsOf,
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
    prompts: promptSet(defaultPrompts),
    confidence: confidenceOfTenants(store),
    modelFor: (principal, attribution, name) => modelFor(calls, principal, attribution, name),
    waitFor: (position) => reachedOrThrow(library, position),
  };
  return {
    service,
    async stop() {
      await ingestion.stop();
      await library.stop();
      await index.close();
    },
  };
}

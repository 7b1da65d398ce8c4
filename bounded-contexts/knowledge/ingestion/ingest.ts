import { type DaybookError, isDaybookError } from '../../../schemas/errors.ts';
import { type DocumentSettings, documentSettings } from '../../../schemas/http/knowledge.ts';
import { type Chunk, chunk, sentences } from '../chunking/index.ts';
import type { DocumentCommand } from '../documents/document.ts';
import {
  type BlobStore,
  changeDocument,
  type DocumentState,
  loadDocument,
  type RevisionState,
} from '../documents/index.ts';
import type { DocumentPorts } from '../documents/ports.ts';
import { canonicalVersion, type Extracted } from '../text/index.ts';
import { embedChunks } from './embed-chunks.ts';
import type { DocumentReader, Embedder, ReadDetails, Situator, VectorCache } from './ports.ts';
import { type SituatedChunk, situate } from './situate.ts';
import { encodeIndex } from './stored-index.ts';

export interface IngestPorts extends DocumentPorts {
  readonly blobs: BlobStore;
  readonly reader: DocumentReader;
  readonly embedder: Embedder;
  /** Undefined where there is no chat model: then headings say where a chunk stands. */
  readonly situator: () => Situator | undefined;
  readonly cache: VectorCache;
  readonly details: ReadDetails;
  readonly actor: string;
  /** Attempts of one revision at most. */
  readonly mostAttempts: number;
}

/**
 * Takes a document from its upload into the index, as far as that is still to be done: whatever was done before, by
 * this worker or one that died, stands on the log. Throws what may pass by itself (a model that does not answer, a
 * budget without room); what can never be read is recorded as `document.failed`.
 */
export async function ingest(ports: IngestPorts, tenant: string, document: string): Promise<void> {
  const state = await loadDocument(ports, tenant, document);
  const asked = { tenant, actor: ports.actor };
  if (!waits(state)) return;
  const { revision } = state.present;
  const of = { document, revision } as const;
  const begun = await changeDocument(ports, asked, {
    kind: 'start',
    ...of,
    mostAttempts: ports.mostAttempts,
  });
  const present = begun.state.present;
  if (!present || present.revision !== revision || present.status !== 'extracting') return;
  try {
    await carryOut(ports, tenant, present);
  } catch (error) {
    if (!isDaybookError(error) || !isOfDocument(error)) {
      const code = isDaybookError(error) ? error.code : 'internal';
      const reason = isDaybookError(error) ? error.message.slice(0, 1_000) : 'Something unexpected happened.';
      await changeDocument(ports, asked, { kind: 'postpone', ...of, code, reason });
      throw error;
    }
    await changeDocument(ports, asked, { kind: 'failed', ...of, code: error.code, reason: error.message });
  }
}

const waits = (state: DocumentState): state is DocumentState & { readonly present: RevisionState } =>
  state.status === 'there' &&
  state.present !== undefined &&
  state.present.status !== 'indexed' &&
  state.present.status !== 'failed';

/** The fault of the document or its settings: it would be the same at the next attempt. */
const isOfDocument = ({ code }: DaybookError): boolean => /^(document|request)\./.test(code);

async function carryOut(ports: IngestPorts, tenant: string, present: RevisionState): Promise<void> {
  const { department, document, revision } = present;
  const place = { tenant, owner: department };
  const asked = { tenant, actor: ports.actor };
  const of = { document, revision } as const;
  const details = await ports.details(tenant, present);
  const bytes = ports.blobs.read(place, present.blob);
  const settings = documentSettings.parse(present.settings);
  const read = await ports.reader.read(bytes, details, settings);
  /** False once another revision took its place, or the document was deleted: nobody waits for the rest. */
  const step = async (command: DocumentCommand) => (await changeDocument(ports, asked, command)).changed;
  const text = await ports.blobs.put(place, once(Buffer.from(read.text)));
  const extracted = await step({
    kind: 'extracted',
    ...of,
    text: text.blob,
    canonicalVersion,
    chars: read.text.length,
    pages: read.pages.length,
    type: read.type,
    language: read.language,
    notes: read.notes.slice(0, 50).map((note) => note.slice(0, 500)),
  });
  if (!extracted) return;
  const { chunks, chunker } = await chunksOf(ports, { tenant, department }, read, settings);
  if (!(await step({ kind: 'chunked', ...of, chunks: chunks.length, chunker }))) return;
  const { vectors, dimensions, reused } = await embedChunks(ports, { tenant, department }, chunks);
  const { model } = ports.embedder;
  const index = await ports.blobs.put(
    place,
    once(
      encodeIndex({
        model,
        dimensions,
        chunks: chunks.map(({ text: _, ...chunk }) => chunk),
        vectors,
      }),
    ),
  );
  await step({
    kind: 'indexed',
    ...of,
    index: index.blob,
    chunks: chunks.length,
    model,
    dimensions,
    reused,
  });
}

/** Cut as the settings say. By meaning, its sentences are embedded first: they are calls as any other. */
async function chunksOf(
  { embedder, cache, situator }: IngestPorts,
  of: { readonly tenant: string; readonly department: string },
  read: Extracted,
  { chunking = {}, context = 'headings' }: DocumentSettings,
): Promise<{ readonly chunks: readonly SituatedChunk[]; readonly chunker: string }> {
  const { strategy } = chunking;
  const given = Object.fromEntries(Object.entries(chunking).filter(([, value]) => value !== undefined));
  const cut = strategy ?? `by type ${read.type}`;
  const placed = async (chunks: readonly Chunk[]) => {
    const model = context === 'model' ? situator() : undefined;
    if (!model) return { chunks, chunker: cut };
    return { chunks: await situate(model, of, read, chunks), chunker: `${cut}, context by a model` };
  };
  if (strategy !== 'semantic') return placed(chunk(read, given));
  const texts = sentences(read.text).map(({ start, end }) => ({ text: read.text.slice(start, end) }));
  const { vectors, dimensions } = await embedChunks({ embedder, cache }, of, texts);
  const each = texts.map((_, n) => vectors.subarray(n * dimensions, (n + 1) * dimensions));
  return placed(chunk(read, { ...given, vectors: each }));
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

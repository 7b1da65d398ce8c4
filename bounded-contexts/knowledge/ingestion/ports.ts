import type { DocumentSettings } from '../../../schemas/http/knowledge.ts';
import type { Commit } from '../../kernel/index.ts';
import type { DocumentDetails, RevisionState } from '../documents/index.ts';
import type { Extracted } from '../text/index.ts';

/** One commit by which a document asks to be ingested. */
export interface Work {
  readonly tenant: string;
  readonly document: string;
  /** Nobody is given it again. */
  done(): Promise<void>;
  /** Somebody is given it again, after so many ms. */
  again(afterMs: number): Promise<void>;
}

/**
 * What asks to be ingested ({@link asksForIngestion}), shared among all workers of an installation: each is given to
 * one of them, and to another if that one dies before it is done. An item may come twice; the document's own history
 * says what is left to do.
 */
export interface WorkQueue {
  /** The next one; undefined where none came within some seconds, or the signal did. */
  next(signal: AbortSignal): Promise<Work | undefined>;
  close(): Promise<void>;
}

export const asksForIngestion = ({ events }: Pick<Commit, 'events'>): boolean =>
  events.some(({ type }) => type === 'document.uploaded' || type === 'document.reindex.requested');

/** Reads a file. Throws DaybookErrors `document.*` for what cannot be read. */
export interface DocumentReader {
  read(
    bytes: AsyncIterable<Uint8Array>,
    file: Pick<DocumentDetails, 'name' | 'declaredType'>,
    settings: DocumentSettings,
  ): Promise<Extracted>;
}

/** Vectors of texts, in order, budgeted and recorded as calls of the department. Throws as a model call does. */
export interface Embedder {
  /** The model that `embed` will ask, as it is recorded. */
  readonly model: string;
  embed(
    of: { readonly tenant: string; readonly department: string },
    texts: readonly string[],
  ): Promise<readonly Float32Array[]>;
}

/** What a model is told of a chunk that it is to place. */
export interface ChunkSurroundings {
  readonly title: string;
  /** Of the document. */
  readonly beginning: string;
  readonly before: string;
  readonly chunk: string;
  readonly after: string;
}

/** Calls of a chat model, budgeted and recorded as calls of the department. Throws as a model call does. */
export interface Situator {
  situate(
    of: { readonly tenant: string; readonly department: string },
    surroundings: ChunkSurroundings,
  ): Promise<string>;
}

/** Vectors that are known already, by model and text, within a department. */
export interface VectorCache {
  get(
    place: { readonly tenant: string; readonly department: string; readonly model: string },
    hashes: readonly string[],
  ): Promise<ReadonlyMap<string, Float32Array>>;
  put(
    place: { readonly tenant: string; readonly department: string; readonly model: string },
    vectors: ReadonlyMap<string, Float32Array>,
  ): Promise<void>;
}

/** What is told of a document by whoever brought it. Throws what may pass by itself while it is not found. */
export type ReadDetails = (tenant: string, present: RevisionState) => Promise<DocumentDetails>;

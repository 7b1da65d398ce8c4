import type { Position } from '../../kernel/index.ts';
import type { ConfidenceModel } from '../confidence/index.ts';
import type { Embedder } from '../ingestion/index.ts';
import type { Library } from '../library/index.ts';
import type { PromptMessage, PromptSet } from '../prompts/index.ts';
import type { ChunkIndex, Filter } from '../retrieval/index.ts';
import type { SemanticCache } from '../semantic-cache/index.ts';
import type { QuestionAnswer } from './question.ts';
import type { ThemeRow } from './themes.ts';

/** Calls of models for one asker: routed, budgeted and recorded as theirs. */
export interface AskingModel {
  /** Null where no model is there: then answers are sentences of the sources. */
  readonly name: string | null;
  /** From 0 to 3, of what the name stands for; 0 where that is decided call by call. */
  readonly tier: number;
  ask(messages: readonly PromptMessage[], signal: AbortSignal): Promise<ModelReply>;
  /** Null where there is none. */
  readonly reranker: AskingReranker | null;
}

export interface AskingReranker {
  /** Throws where it is away, or refuses. */
  rerank(question: string, texts: readonly string[], signal: AbortSignal): Promise<RerankReply>;
}

interface RerankReply {
  /** One a text, in their order: higher is nearer to the question. */
  readonly scores: readonly number[];
  /** Undefined where it was no call of a model at a provider. */
  readonly invocation: string | undefined;
}

export interface ModelReply {
  readonly text: string;
  readonly invocation: string;
  /** `provider/model`. */
  readonly model: string;
}

/** What is searched: now, or as it was. */
export interface Searchable {
  readonly index: ChunkIndex;
  /** The canonical text of a revision that was found. */
  textOf(tenant: string, document: string, revision: number): Promise<string>;
  /** The rows of the tables that a filter lets through, all of them; at most some hundred thousand. */
  rows(tenant: string, filter: Filter): Promise<readonly ThemeRow[]>;
}

export interface AnsweringPorts {
  readonly library: Library;
  readonly now: Searchable;
  /** The index as it was at a position. Throws `request.invalid` for one that is not of this log. */
  asOf(tenant: string, departments: readonly string[], position: Position): Promise<Searchable>;
  readonly embedder: Embedder;
  readonly cache: SemanticCache<CachedAnswer>;
  readonly prompts: PromptSet;
  /** Whether an answer may be given again: not where somebody found it wrong, or a person was asked about it. */
  stands(tenant: string, query: string): Promise<boolean>;
  /** Fitted to what a tenant's people said of earlier answers. */
  confidence(tenant: string): Promise<ConfidenceModel>;
}

/** An answer that may be given again. */
export interface CachedAnswer {
  readonly query: string;
  readonly answer: QuestionAnswer;
}

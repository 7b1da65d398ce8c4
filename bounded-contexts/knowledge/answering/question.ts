import type { GuardPolicy } from '../../../schemas/guardrails.ts';
import type { QueryOutcome, RerankMode, RerankUse } from '../../../schemas/knowledge.ts';
import type { Position } from '../../kernel/index.ts';
import type { AnswerCitation, CheckedClaim, Dropped } from '../citations/index.ts';
import type { EscalationReason } from '../confidence/index.ts';
import type { Filter, SearchMode, Weights } from '../retrieval/index.ts';

/**
 * How more is found than the question itself finds. Each is off by default; `rerank` needs a reranker, all others but
 * `diversify` a model.
 */
export interface SearchOptions {
  /** Of what was found, what says the same is left out for what says something else. */
  readonly diversify: boolean;
  /** Other wordings of the question that are searched, too; 0: none. */
  readonly expand: number;
  /** Search for a passage as it could answer the question. */
  readonly hypothetical: boolean;
  /** Search for the parts of the question. */
  readonly decompose: boolean;
  /** How often it is asked what is missing, and that is searched; 0: never. */
  readonly hops: number;
  /** Whether what was found is put in order once more, by a model that reads question and text together. */
  readonly rerank: RerankMode;
}

/** What of the options was done. */
export interface UsedOptions {
  readonly diversified: boolean;
  /** Texts that were searched beside the question. */
  readonly searched: readonly string[];
  readonly hops: number;
  readonly rerank: RerankUse;
  /** Those that need a model or a reranker, where there is none. */
  readonly skipped: readonly string[];
}

/** How a department's questions are answered. */
export interface AnswerRules {
  readonly mode: SearchMode;
  /** Passages that an answer is made from. */
  readonly k: number;
  readonly weights: Weights;
  readonly options: SearchOptions;
  /** Below it an answer goes to a person first. */
  readonly threshold: number;
  readonly escalateNotFound: boolean;
  readonly guard: GuardPolicy;
  /** Whether answers to like questions may be given again. */
  readonly cache: boolean;
}

/** One earlier turn of a conversation. */
export interface Turn {
  readonly question: string;
  readonly answer: string;
}

/** A question, by somebody whose rights are settled. Ids are opaque. */
export interface Asking {
  readonly tenant: string;
  readonly query: string;
  readonly question: string;
  /** What may be searched, and is: at least one. */
  readonly filter: Filter;
  readonly rules: AnswerRules;
  /** Earlier turns, oldest first. */
  readonly turns: readonly Turn[];
  /** Answer against the index as it was at this position. */
  readonly asOf?: Position;
  /** The earlier question that is asked again. */
  readonly replaces?: string;
  readonly signal: AbortSignal;
}

/** What of a source a reader is shown beside the answer. */
export interface FoundPassage {
  readonly document: string;
  readonly revision: number;
  readonly start: number;
  readonly end: number;
  readonly page?: number;
  readonly score: number;
  readonly keyword?: { readonly score: number; readonly rank?: number };
  readonly dense?: { readonly score: number; readonly rank?: number };
}

export interface GuardNote {
  readonly detector: string;
  readonly action: string;
  readonly direction: 'in' | 'source' | 'out';
}

/** A citation that was checked; `quote` is redacted where the policy says so, `proof` is the hash of all of it. */
export interface ProvenCitation extends AnswerCitation {
  readonly proof: string;
}

/** What a question came to. `text` is what its asker may see: empty where it is blocked or waits for a person. */
export interface QuestionAnswer {
  readonly outcome: QueryOutcome;
  readonly text: string;
  /** What a reviewer is shown; undefined where nothing was drafted. */
  readonly draft: string | undefined;
  /** The question as it was searched, where a conversation made it another. */
  readonly searchedAs: string;
  readonly language: string;
  readonly citations: readonly ProvenCitation[];
  readonly claims: readonly CheckedClaim[];
  readonly dropped: readonly Dropped[];
  readonly passages: readonly FoundPassage[];
  readonly used: UsedOptions;
  readonly confidence: number | null;
  readonly confidenceModel: string;
  readonly features: Readonly<Record<string, number>>;
  readonly reasons: readonly EscalationReason[];
  readonly guard: readonly GuardNote[];
  readonly model: string | null;
  readonly invocations: readonly string[];
  readonly promptVersion: string;
  /** The query whose answer was given again. */
  readonly cached: string | undefined;
}

/** Told while a question is answered, in this order; `citation` and `token` only of what was checked. */
export type AnswerProgress =
  | { readonly type: 'retrieval'; readonly passages: readonly FoundPassage[]; readonly searchedAs: string }
  | { readonly type: 'token'; readonly text: string }
  | { readonly type: 'citation'; readonly citation: AnswerCitation };

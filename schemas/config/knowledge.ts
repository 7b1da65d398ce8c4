import { z } from 'zod';
import { guardPolicy } from '../guardrails.ts';
import { type DocumentSettings, documentSettings } from '../http/knowledge.ts';
import { rerankMode } from '../knowledge.ts';
import { promptTemplates } from '../prompts.ts';

const weights = z.strictObject({
  dense: z.number().min(0).max(1),
  keyword: z.number().min(0).max(1),
});

/**
 * How more is found than a question itself finds. Each costs time, and all but `diversify`, and `rerank` by a model in a
 * folder, calls of a model.
 */
export const searchOptions = z.strictObject({
  diversify: z.boolean().default(false),
  /** Other wordings that are searched, too. */
  expand: z.number().int().min(0).max(5).default(0),
  /** Search for a passage as it could answer the question. */
  hypothetical: z.boolean().default(false),
  /** Search for the parts of a question. */
  decompose: z.boolean().default(false),
  /** How often a model is asked what is missing, and that is searched. */
  hops: z.number().int().min(0).max(3).default(0),
  /** Whether what was found is put in order once more, by `reranker`. */
  rerank: rerankMode.default('off'),
});

/** How questions are answered; a department may have its own. */
const answers = {
  /** As callers of `/v1` name models: `auto`, a tier, an alias or `provider/model`. */
  answerModel: z.string().min(1).max(200).default('auto'),
  mode: z.enum(['keyword', 'dense', 'hybrid', 'rrf']).default('hybrid'),
  /** Passages that an answer is made from. */
  k: z.number().int().min(1).max(50).default(8),
  weights: weights.default({ dense: 0.7, keyword: 0.3 }),
  options: searchOptions.prefault({}),
  /** Below this probability an answer goes to a person first. */
  threshold: z.number().min(0).max(1).default(0.7),
  /** Whether a person is asked, too, where nothing was found. */
  escalateNotFound: z.boolean().default(false),
  /** Whether an answer may be given again to a like question. */
  cache: z.boolean().default(true),
  guard: guardPolicy.default(guardPolicy.parse({ version: 1 })),
  /** What models are asked; default: Daybook's own. */
  prompts: promptTemplates.optional(),
};

const answerRules = z.strictObject(answers);
const ownRules = z.strictObject({
  answerModel: answers.answerModel.unwrap().optional(),
  mode: answers.mode.unwrap().optional(),
  k: answers.k.unwrap().optional(),
  weights: weights.optional(),
  options: searchOptions.optional(),
  threshold: answers.threshold.unwrap().optional(),
  escalateNotFound: z.boolean().optional(),
  cache: z.boolean().optional(),
  guard: guardPolicy.optional(),
  prompts: promptTemplates.optional(),
  /** How its documents are read and cut, where an upload does not say it. */
  documents: documentSettings.optional(),
});

export const knowledgeSchema = answerRules.extend({
  /** By which documents and questions are embedded. Another one means to index all documents anew. */
  embeddingModel: z.string().min(3).max(200).default('builtin/hash'),
  /** What puts hits in order: a model that serves `/v1/rerank`, or a folder with a cross-encoder in ONNX. */
  reranker: z
    .union([
      z.strictObject({ model: z.string().min(1).max(200) }),
      z.strictObject({ folder: z.string().min(1) }),
    ])
    .optional(),
  /** How documents are read and cut, where neither their upload nor their department says it. */
  documents: documentSettings.default({}),
  /** Documents that one process reads at once. */
  workers: z.number().int().min(1).max(64).default(2),
  /** By slug; what is not named is as above. */
  departments: z.record(z.string().min(1).max(200), ownRules).default({}),
});
export type KnowledgeConfig = z.infer<typeof knowledgeSchema>;
export type AnswerConfig = z.infer<typeof answerRules>;

/** The rules of one department, or, for a question to several, those of the installation. */
export function rulesOf(config: KnowledgeConfig, slugs: readonly string[]): AnswerConfig {
  const { embeddingModel: _, workers: __, documents: ___, reranker: ____, departments, ...common } = config;
  const [slug] = slugs;
  const { documents: _____, ...own } =
    slugs.length === 1 && slug !== undefined ? (departments[slug] ?? {}) : {};
  return {
    ...common,
    ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)),
  };
}

/** How a department's documents are read and cut: what is given, else what it has set, else what is set for all. */
export const documentSettingsOf = (
  { documents, departments }: KnowledgeConfig,
  slug: string,
  given: DocumentSettings = {},
): DocumentSettings => ({ ...documents, ...departments[slug]?.documents, ...given });

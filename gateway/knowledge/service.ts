import { z } from 'zod';
import type { Principal } from '../../bounded-contexts/identity/index.ts';
import type { Position } from '../../bounded-contexts/kernel/index.ts';
import {
  type AnsweringPorts,
  type AskingModel,
  type AskingReranker,
  type ConfidenceModel,
  defaultPrompts,
  type Embedder,
  fitConfidence,
  type Library,
  type PromptSet,
  priorModel,
  promptSet,
  type Searchable,
} from '../../bounded-contexts/knowledge/index.ts';
import { answerOutcomes, type ReadStore } from '../../projections/queries.ts';
import type { KnowledgeConfig } from '../../schemas/config/knowledge.ts';
import { DaybookError } from '../../schemas/errors.ts';
import type { Attribution } from '../../schemas/events/index.ts';
import type { PromptTemplates } from '../../schemas/prompts.ts';
import { chatCompletions } from '../openai/chat-completions.ts';
import { innerCall } from '../shared/inner-call.ts';
import type { ModelCallPorts } from '../shared/model-call.ts';

/** What the knowledge routes share: the library, its index, and how answers are made. */
export interface KnowledgeService extends Omit<AnsweringPorts, 'prompts'> {
  /** Of templates, or our own where there are none. */
  promptsFor(templates: PromptTemplates | undefined): PromptSet;
  readonly config: KnowledgeConfig;
  readonly library: Library;
  readonly now: Searchable;
  readonly embedder: Embedder;
  /** Calls of a chat model, and of the reranker, for somebody. */
  modelFor(principal: Principal, attribution: Attribution, name: string): AskingModel;
  /** Waits until the index includes `position`; throws `read-store.unavailable` where it does not within 5 s. */
  waitFor(position: Position): Promise<void>;
}

const chatAnswer = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string().nullish() }) })).min(1),
});

/** Whether any model but the built-in ones answers chats: else sentences of the sources are the answer. */
const hasModel = ({ catalogue }: Pick<ModelCallPorts, 'catalogue'>): boolean =>
  [...catalogue().models.values()].some(
    ({ provider, operations }) => provider !== 'builtin' && operations.has('chat'),
  );

/** The best that a name may lead to; 0 for `auto`, which is decided by what is asked. */
function tierNamed({ catalogue }: Pick<ModelCallPorts, 'catalogue'>, name: string): number {
  const { models, aliases, bare } = catalogue();
  const ids = models.has(name) ? [name] : (aliases.get(name) ?? bare.get(name) ?? []);
  if (ids.length === 0) return Number(/^tier-([0-3])$/.exec(name)?.[1] ?? 0);
  return Math.max(...ids.map((id) => models.get(id)?.tier ?? 0));
}

export function modelFor(
  calls: ModelCallPorts,
  principal: Principal,
  attribution: Attribution,
  name: string,
  reranker: AskingReranker | null = null,
): AskingModel {
  return {
    name: name === 'auto' && !hasModel(calls) ? null : name,
    tier: tierNamed(calls, name),
    reranker,
    async ask(messages, signal) {
      const { body, invocation, model } = await innerCall(calls, {
        surface: chatCompletions,
        principal,
        attribution: { ...attribution, taskType: attribution.taskType ?? 'question' },
        body: { model: name, messages, temperature: 0 },
        signal,
      });
      const [choice] = chatAnswer.parse(body).choices;
      return { text: choice?.message.content ?? '', invocation, model };
    },
  };
}

const refitMs = 60_000;

/** The confidence of a tenant's answers, fitted anew at most once a minute. */
export function confidenceOfTenants(store: ReadStore): (tenant: string) => Promise<ConfidenceModel> {
  const fitted = new Map<string, { at: number; model: ConfidenceModel }>();
  return async (tenant) => {
    const known = fitted.get(tenant);
    if (known && performance.now() - known.at < refitMs) return known.model;
    let model = known?.model ?? priorModel;
    try {
      const outcomes = await answerOutcomes(store, tenant);
      model = fitConfidence(
        outcomes.map(({ features, right }) => ({ features: featuresFrom(features), right })),
      );
    } catch {
      // A read model that is away must not keep answers back: what was fitted before still holds.
    }
    fitted.set(tenant, { at: performance.now(), model });
    return model;
  };
}

/** The features of an answer as they were recorded. */
export const featuresFrom = (recorded: Readonly<Record<string, number>>) => ({
  agreement: recorded['agreement'] ?? 0,
  margin: recorded['margin'] ?? 0,
  coverage: recorded['coverage'] ?? 0,
  support: recorded['support'] ?? 0,
  contradicted: recorded['contradicted'] ?? 0,
  guard: recorded['guard'] ?? 0,
});

export async function reachedOrThrow(library: Library, position: Position): Promise<void> {
  if (!(await library.reached(position, 5_000)))
    throw new DaybookError('read-store.unavailable', 'The index does not include that position yet.', {
      retryAfterMs: 1_000,
    });
}

/** Prompt sets by their templates: a configuration has few, and each is hashed once. */
export function promptSets(): (templates: PromptTemplates | undefined) => PromptSet {
  const made = new Map<PromptTemplates, PromptSet>();
  return (templates = defaultPrompts) => {
    const known = made.get(templates) ?? promptSet(templates);
    made.set(templates, known);
    return known;
  };
}

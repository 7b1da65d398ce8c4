import type { Principal } from '../../bounded-contexts/identity/index.ts';
import type { AskingReranker } from '../../bounded-contexts/knowledge/index.ts';
import { gatewayReranker } from '../../gateway/knowledge/index.ts';
import type { ModelCallPorts } from '../../gateway/shared/model-call.ts';
import type { KnowledgeConfig } from '../../schemas/config/knowledge.ts';
import type { Attribution } from '../../schemas/events/index.ts';
import { onnxReranker } from '../rerank/index.ts';

interface Rerankers {
  /** Null where none is configured. */
  of(principal: Principal, attribution: Attribution): AskingReranker | null;
  close(): Promise<void>;
}

/** What configuration names: a model that is called as the asker, or one in a folder here, which is everybody's. */
export function rerankersOf(calls: ModelCallPorts, { reranker }: KnowledgeConfig): Rerankers {
  if (reranker === undefined) return { of: () => null, close: async () => {} };
  if ('model' in reranker)
    return {
      of: (principal, attribution) => gatewayReranker(calls, principal, attribution, reranker.model),
      close: async () => {},
    };
  const local = onnxReranker({ folder: reranker.folder });
  const own: AskingReranker = {
    rerank: async (question, texts) => ({
      scores: await local.rerank(question, texts),
      invocation: undefined,
    }),
  };
  return { of: () => own, close: () => local.close() };
}

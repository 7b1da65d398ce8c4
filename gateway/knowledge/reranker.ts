import { z } from 'zod';
import type { Principal } from '../../bounded-contexts/identity/index.ts';
import type { AskingReranker } from '../../bounded-contexts/knowledge/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import type { Attribution } from '../../schemas/events/index.ts';
import { rerank as surface } from '../openai/rerank.ts';
import { innerCall } from '../shared/inner-call.ts';
import type { ModelCallPorts } from '../shared/model-call.ts';

const answer = z.object({
  results: z.array(z.object({ index: z.number().int(), relevance_score: z.number() })),
});

/** A model that serves `/v1/rerank`, asked for somebody: routed, budgeted and recorded as theirs. */
export function gatewayReranker(
  calls: ModelCallPorts,
  principal: Principal,
  attribution: Attribution,
  model: string,
): AskingReranker {
  return {
    async rerank(question, texts, signal) {
      const { body, invocation } = await innerCall(calls, {
        surface,
        principal,
        attribution: { ...attribution, taskType: attribution.taskType ?? 'rerank' },
        body: { model, query: question, documents: texts, top_n: texts.length, return_documents: false },
        signal,
      });
      const found = new Map(
        answer.parse(body).results.map(({ index, relevance_score }) => [index, relevance_score]),
      );
      const scores = texts.map((_, at) => {
        const score = found.get(at);
        if (score === undefined)
          throw new DaybookError('provider.garbage', 'The model ranked fewer texts than it was given.');
        return score;
      });
      return { scores, invocation };
    },
  };
}

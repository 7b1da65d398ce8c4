import { answerJson, answers, type Script, usageOf } from '../../../infra/testing/upstream.ts';

/** Answers on every route, in the shape of that route. */
export const good: Script = (call, response) => {
  const route = call.request.url?.replace('/v1/', '') ?? '';
  const usage = usageOf(12, 5);
  const choices = [{ index: 0, text: 'Well.', finish_reason: 'stop', logprobs: null }];
  const others: Record<string, object> = {
    completions: { id: 'c', object: 'text_completion', created: 1, model: 'good', choices, usage },
    embeddings: {
      object: 'list',
      model: 'good',
      data: [{ object: 'embedding', index: 0, embedding: [1] }],
      usage,
    },
    rerank: { id: 'r', results: [{ index: 0, relevance_score: 1 }], usage },
    moderations: {
      id: 'm',
      model: 'good',
      results: [{ flagged: false, categories: {}, category_scores: {} }],
    },
  };
  const other = others[route];
  if (other) answerJson(response, 200, JSON.stringify(other));
  else answers('All is well here.', usage)(call, response);
};

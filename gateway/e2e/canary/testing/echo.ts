import { answerJson, answers, type Script, usageOf } from '../../../../infra/testing/upstream.ts';

const usage = usageOf(12, 5);
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

/** What is given for each route but chat, in the shape of that route. */
const shapes: Readonly<Record<string, (asked: Readonly<Record<string, unknown>>) => object>> = {
  completions: ({ prompt }) => ({
    id: 'c',
    object: 'text_completion',
    created: 1,
    model: 'echo',
    choices: [{ index: 0, text: String(prompt), finish_reason: 'stop', logprobs: null }],
    usage,
  }),
  embeddings: ({ input }) => ({
    object: 'list',
    model: 'echo',
    data: (Array.isArray(input) && typeof input[0] === 'number' ? [input] : listOf(input)).map(
      (_one, index) => ({ object: 'embedding', index, embedding: [1] }),
    ),
    usage,
  }),
  rerank: ({ documents }) => ({
    id: 'r',
    results: listOf(documents).map((_one, index) => ({ index, relevance_score: 1 })),
    usage,
  }),
  moderations: ({ input }) => ({
    id: 'm',
    model: 'echo',
    results: listOf(input).map(() => ({ flagged: false, categories: {}, category_scores: {} })),
  }),
};

/** A provider that says what it was asked, so that answers hold markers, too. */
export const echo: Script = (call, response) => {
  const route = call.request.url?.replace(/^\/v1\//, '') ?? '';
  const shape = shapes[route];
  if (shape && call.body['stream'] !== true) answerJson(response, 200, JSON.stringify(shape(call.body)));
  else answers(`You asked: ${JSON.stringify(call.body['messages'] ?? '')}`, usage)(call, response);
};

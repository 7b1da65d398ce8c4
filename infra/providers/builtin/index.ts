/**
 * Providers without a model, on this machine and free: `builtin/extractive` answers with sentences of what it was
 * given, `builtin/hash` embeds by hashing. They are always there.
 */
import {
  type ModelFacts,
  type Provider,
  ProviderFailure,
} from '../../../bounded-contexts/inference/index.ts';
import { wordsOf } from '../../../bounded-contexts/knowledge/index.ts';
import { dimensionsOf, embeddingsAnswer, textsOf } from '../embeddings.ts';
import { extractive } from './extractive.ts';
import { hashDimensions, hashEmbedding } from './hash.ts';

/** More would hold up everyone else for long. */
const mostChars = 4_000_000;

export { hashEmbedding };

export const builtinModels: readonly ModelFacts[] = [
  { name: 'extractive', operations: new Set(['chat'] as const) },
  { name: 'hash', operations: new Set(['embeddings'] as const) },
];

export function builtin(clock: () => number): Provider {
  const chat = extractive(clock);
  return {
    id: 'builtin',
    serves: new Set(['chat', 'embeddings'] as const),
    async complete(call) {
      if (call.operation !== 'embeddings') return chat.complete(call);
      const texts = textsOf(call.body);
      if (texts.reduce((sum, text) => sum + text.length, 0) > mostChars)
        throw new ProviderFailure(
          'provider.context-exceeded',
          `input: at most ${mostChars} letters at once.`,
          {
            accepted: false,
          },
        );
      const dimensions = hashDimensions(dimensionsOf(call.body));
      const vectors = texts.map((text) => hashEmbedding(text, dimensions));
      const input = texts.reduce((sum, text) => sum + wordsOf(text).length, 0);
      return {
        body: embeddingsAnswer(call.body, call.model, vectors, input),
        text: '',
        usage: { input, output: 0, cached: 0, cacheWrite: 0, reasoning: 0 },
      };
    },
    stream: (call) => chat.stream(call),
    models: async () => builtinModels,
    close: async () => {},
  };
}

import { z } from 'zod';
import { principalFrom } from '../../bounded-contexts/identity/index.ts';
import type { Embedder } from '../../bounded-contexts/knowledge/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { embeddings } from '../openai/embeddings.ts';
import { innerCall } from '../shared/inner-call.ts';
import type { ModelCallPorts } from '../shared/model-call.ts';

const answer = z.object({
  data: z.array(z.object({ index: z.number().int(), embedding: z.union([z.string(), z.array(z.number())]) })),
});

const vectorOf = (embedding: string | readonly number[]): Float32Array => {
  if (typeof embedding !== 'string') return Float32Array.from(embedding);
  const bytes = Buffer.from(embedding, 'base64');
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(4 * index));
};

/** Of length 1, so that a product is a cosine. */
function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return length === 0 || Math.abs(length - 1) < 1e-6 ? vector : vector.map((value) => value / length);
}

/** Who embeds a department's documents: no key of anybody's, and bound to that department. */
const worker = (tenant: string, department: string) =>
  principalFrom({ tenant, key: 'k_ingestion', role: 'service', department });

/** Embeddings as the gateway serves them: routed, budgeted and recorded as calls of the department. */
export function gatewayEmbedder(calls: ModelCallPorts, model: string): Embedder {
  return {
    model,
    async embed({ tenant, department }, texts) {
      const principal = worker(tenant, department);
      const { body } = await innerCall(calls, {
        surface: embeddings,
        principal,
        attribution: { key: principal.key, department, taskType: 'embedding' },
        body: { model, input: texts, encoding_format: 'base64' },
        signal: new AbortController().signal,
      });
      const { data } = answer.parse(body);
      const vectors = new Array<Float32Array | undefined>(texts.length);
      for (const { index, embedding } of data) vectors[index] = unit(vectorOf(embedding));
      return Array.from(vectors, (vector) => {
        if (!vector)
          throw new DaybookError('provider.garbage', 'The model embedded fewer texts than it was given.');
        return vector;
      });
    },
  };
}

import { ProviderFailure } from '../../bounded-contexts/inference/index.ts';

type Body = Readonly<Record<string, unknown>>;

export const refused = (param: string, why: string): ProviderFailure =>
  new ProviderFailure('request.unsupported', `${param}: ${why}`, { accepted: false });

/** What is to be embedded, where it is text; lists of token numbers are refused, since tokens are a model's own. */
export function textsOf({ input }: Body): readonly string[] {
  const texts: readonly unknown[] = Array.isArray(input) ? input : [input];
  if (texts.length === 0 || !texts.every((one): one is string => typeof one === 'string'))
    throw refused('input', 'the model embeds text, a string or a list of strings.');
  return texts;
}

/** Undefined where the caller leaves it to the model. */
export function dimensionsOf({ dimensions }: Body): number | undefined {
  if (dimensions == null) return undefined;
  if (typeof dimensions === 'number' && Number.isInteger(dimensions) && dimensions > 0 && dimensions <= 8_192)
    return dimensions;
  throw refused('dimensions', 'an integer from 1 to 8192 is wanted.');
}

/** Floats of 32 bits in little-endian order, as OpenAI's `base64` is defined. */
function base64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
}

/** Vectors in the form of OpenAI's embeddings. */
export function embeddingsAnswer(
  body: Body,
  model: string,
  vectors: readonly (readonly number[])[],
  promptTokens: number,
): Buffer {
  const { encoding_format: format } = body;
  if (format != null && format !== 'float' && format !== 'base64')
    throw refused('encoding_format', '"float" or "base64" is wanted.');
  return Buffer.from(
    JSON.stringify({
      object: 'list',
      data: vectors.map((vector, index) => ({
        object: 'embedding',
        index,
        embedding: format === 'base64' ? base64(vector) : vector,
      })),
      model,
      usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
    }),
  );
}

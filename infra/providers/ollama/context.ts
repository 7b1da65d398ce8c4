import { isRecord } from '../wire/index.ts';
import type { Line } from './ndjson.ts';

const least = 4_096;
const bytesPerToken = 2;
const tokensPerImage = 2_048;
const defaultAnswer = 4_096;

/** Roughly what a request needs: half a token a byte is more than most texts in most languages have. */
export function tokensNeeded(chat: Line): number {
  let images = 0;
  const text = JSON.stringify([chat['messages'], chat['tools'], chat['response_format']], (_key, value) => {
    if (!isRecord(value) || value['type'] !== 'image_url') return value;
    images++;
    return undefined;
  });
  const bound = chat['max_completion_tokens'] ?? chat['max_tokens'];
  const answer = typeof bound === 'number' ? bound : defaultAnswer;
  return Math.ceil(Buffer.byteLength(text) / bytesPerToken) + images * tokensPerImage + answer;
}

/**
 * Sizes of context windows, by model. Ollama's own default (4,096) would cut a long prompt without a word; a size
 * of its own for every call would load the model anew each time. So sizes are powers of two, at most what the
 * model has, and a model that was loaded with a larger one keeps it.
 */
export function contextSizes() {
  const largest = new Map<string, number>();
  return (model: string, needed: number, most: number | undefined): number => {
    const power = 2 ** Math.ceil(Math.log2(Math.max(needed, least)));
    const size = Math.max(Math.min(power, most ?? 131_072), largest.get(model) ?? 0);
    largest.set(model, size);
    return size;
  };
}

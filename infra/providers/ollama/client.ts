import { Ollama } from 'ollama';
import { ProviderFailure } from '../../../bounded-contexts/inference/index.ts';
import { isRecord, jsonOf, type Wire, type WireAnswer } from '../wire/index.ts';
import { errorOf, joined, soundLines } from './ndjson.ts';

export interface OllamaClient {
  readonly sdk: Ollama;
  /** Lets go of what is still open, of a stream above all that its reader has left. */
  end(): void;
}

/**
 * Ollama's SDK for one call, over our own wire. The SDK writes what it cannot parse to the console, contents
 * included, and leaves a stream open that its reader has left; so it is given only what is sound, and each call
 * has a client of its own that ends with it.
 */
export function ollamaClient(wire: Wire, host: string, signal: AbortSignal): OllamaClient {
  let open: WireAnswer | undefined;
  const onWhole = () => {
    open = undefined;
  };
  const sdk = new Ollama({
    host,
    async fetch(input, init) {
      const { pathname, search } = new URL(input instanceof Request ? input.url : input);
      const body = typeof init?.body === 'string' ? init.body : null;
      const answer = await wire.request(body === null ? 'GET' : 'POST', pathname + search, body, signal);
      open = answer;
      const asked = body === null ? undefined : jsonOf(body);
      if (isRecord(asked) && asked['stream'] === true) {
        return new Response(ReadableStream.from(soundLines(wire, answer, onWhole)));
      }
      const text = (await wire.whole(answer)).toString();
      const parsed = jsonOf(text);
      const value = isRecord(parsed) ? parsed : joined(text);
      const error = value && errorOf(wire, answer, value);
      if (error) throw error;
      if (!value)
        throw new ProviderFailure('provider.garbage', `${wire.id} answered something that is not JSON.`, {
          accepted: true,
          status: answer.status,
          original: text.slice(0, 2_000),
        });
      return new Response(JSON.stringify(value));
    },
  });
  return {
    sdk,
    end() {
      open?.body.on('error', () => {}).destroy();
    },
  };
}

import Anthropic from '@anthropic-ai/sdk';
import type { Wire, WireAnswer } from '../wire/index.ts';

export interface AnthropicClient {
  post(
    path: string,
    body: unknown,
    signal: AbortSignal,
    headers?: Readonly<Record<string, string>>,
  ): Promise<WireAnswer>;
  get(path: string, signal: AbortSignal): Promise<WireAnswer>;
}

const neverMs = 2_147_483_647;

/**
 * Anthropic's SDK over our own wire. It makes the requests; what comes back is taken before it would be parsed,
 * so that nothing of it is lost, and failures go round it, since it has words of its own for them. Retries are
 * the router's.
 */
export function anthropicClient(wire: Wire, baseURL: string, apiKey: string | undefined): AnthropicClient {
  const outcomes = new WeakMap<Response, { answer: WireAnswer } | { failure: unknown }>();
  const client = new Anthropic({
    apiKey: apiKey ?? 'none',
    authToken: null,
    baseURL,
    maxRetries: 0,
    timeout: neverMs,
    logLevel: 'off',
    // What imitates the API reads the older header; where both are sent, the API itself reads this one.
    defaultHeaders: { 'x-api-key': apiKey ?? null, authorization: null },
    async fetch(input, init) {
      const response = new Response(null);
      const { pathname, search } = new URL(input instanceof Request ? input.url : input);
      const body = typeof init?.body === 'string' ? init.body : null;
      const headers = Object.fromEntries(new Headers(init?.headers));
      const signal = init?.signal ?? new AbortController().signal;
      try {
        const answer = await wire.request(
          body === null ? 'GET' : 'POST',
          pathname + search,
          body,
          signal,
          headers,
        );
        outcomes.set(response, { answer });
      } catch (failure) {
        outcomes.set(response, { failure });
      }
      return response;
    },
  });
  async function answerOf(response: Response): Promise<WireAnswer> {
    const outcome = outcomes.get(response);
    if (!outcome) throw new Error('Anthropic’s SDK answered with a response that is not ours.');
    if ('failure' in outcome) throw outcome.failure;
    return outcome.answer;
  }

  return {
    async post(path, body, signal, headers = {}) {
      return answerOf(await client.post(path, { body, signal, headers }).asResponse());
    },
    async get(path, signal) {
      return answerOf(await client.get(path, { signal }).asResponse());
    },
  };
}

/**
 * Ollama, by its SDK and its own API: unlike its imitation of OpenAI's it tells what a model can do, and lets the
 * context window be as large as the prompt needs. Serves chat (translated) and embeddings. Images by URL, a choice
 * of tool that is no free one, and several answers at once are refused by name.
 */
import { randomUUID } from 'node:crypto';
import {
  type CompleteReply,
  type Frame,
  type ModelFacts,
  type Provider,
  ProviderFailure,
  type UpstreamCall,
} from '../../../bounded-contexts/inference/index.ts';
import { dimensionsOf, embeddingsAnswer, textsOf } from '../embeddings.ts';
import { wire } from '../wire/index.ts';
import { answerOf, chatChunks, chatCompletion, type OllamaAnswer, usageOf } from './answer.ts';
import { type OllamaClient, ollamaClient } from './client.ts';
import { contextSizes, tokensNeeded } from './context.ts';
import { type Shown, shownOf, tags } from './models.ts';
import { type OllamaChat, ollamaChat } from './request.ts';

export interface OllamaOptions {
  readonly id: string;
  /** Such as `http://127.0.0.1:11434`. */
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly betweenBytesMs: number;
}

const showMs = 2_000;
/** What a model is like hardly ever changes; one that could not be asked about is asked about again. */
const knownMs = 600_000;
const unknownMs = 30_000;
const shownAtOnce = 4;

export function ollama({ apiKey, baseUrl, ...rest }: OllamaOptions): Provider {
  const { id } = rest;
  const http = wire({
    ...rest,
    baseUrl: new URL(baseUrl).origin,
    headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
    secret: apiKey,
  });
  const sizeOf = contextSizes();
  const shown = new Map<string, { until: number; found: Promise<Shown | undefined> }>();

  function clientOf(signal: AbortSignal): OllamaClient {
    return ollamaClient(http, baseUrl, signal);
  }

  async function ask(model: string, signal: AbortSignal): Promise<Shown | undefined> {
    try {
      return shownOf(await clientOf(signal).sdk.show({ model }));
    } catch {
      return undefined;
    }
  }

  /** What the model is like, as far as it can be known in time; a call waits for it only once. */
  async function about(model: string): Promise<Shown | undefined> {
    const known = shown.get(model);
    if (known && known.until > Date.now()) return known.found;
    const entry = { until: Date.now() + knownMs, found: ask(model, AbortSignal.timeout(showMs)) };
    shown.set(model, entry);
    if ((await entry.found) === undefined) entry.until = Date.now() + unknownMs;
    return entry.found;
  }

  const garbage = (): ProviderFailure =>
    new ProviderFailure('provider.garbage', `${id} answered something that is not an answer of a model.`, {
      accepted: true,
    });

  /** Makes the call with a window that fits; once more with all that the model has where it did not. */
  async function withWindow<Result>(
    { model, body }: UpstreamCall,
    make: (request: OllamaChat) => Promise<Result>,
  ): Promise<Result> {
    const facts = await about(model);
    const size = sizeOf(model, tokensNeeded(body), facts?.contextTokens);
    try {
      return await make(ollamaChat(body, size, facts?.thinks));
    } catch (error) {
      const most = facts?.contextTokens;
      const tooLong = error instanceof ProviderFailure && error.code === 'provider.context-exceeded';
      if (!tooLong || most === undefined || most <= size) throw error;
      return make(ollamaChat(body, sizeOf(model, most, most), facts?.thinks));
    }
  }

  const chatAbout = (model: string) => ({
    id: `chatcmpl-${randomUUID()}`,
    model,
    created: Math.floor(Date.now() / 1000),
  });

  async function embed({ model, body, signal }: UpstreamCall): Promise<CompleteReply> {
    const dimensions = dimensionsOf(body);
    const answer = await clientOf(signal).sdk.embed({
      model,
      input: [...textsOf(body)],
      truncate: false,
      ...(dimensions === undefined ? {} : { dimensions }),
    });
    if (!Array.isArray(answer.embeddings)) throw garbage();
    const input = Number.isInteger(answer.prompt_eval_count) ? answer.prompt_eval_count : 0;
    return {
      body: embeddingsAnswer(body, model, answer.embeddings, input),
      text: '',
      usage: { input, output: 0, cached: 0, cacheWrite: 0, reasoning: 0 },
    };
  }

  return {
    id,
    serves: new Set(['chat', 'embeddings'] as const),
    async complete(call): Promise<CompleteReply> {
      if (call.operation === 'embeddings') return embed(call);
      const { sdk } = clientOf(call.signal);
      const said = await withWindow(call, async (request): Promise<OllamaAnswer> => {
        const answer = answerOf(await sdk.chat({ ...request, stream: false }));
        if (!answer?.done) throw garbage();
        return answer;
      });
      return {
        body: Buffer.from(JSON.stringify(chatCompletion(said, chatAbout(call.model)))),
        text: said.message.content ?? '',
        usage: usageOf(said),
      };
    },
    async *stream(call): AsyncGenerator<readonly Frame[]> {
      const client = clientOf(call.signal);
      const chunks = chatChunks(chatAbout(call.model));
      try {
        const lines = await withWindow(call, (request) => client.sdk.chat({ ...request, stream: true }));
        for await (const line of lines) {
          const said = answerOf(line);
          if (said) yield chunks(said);
        }
      } finally {
        client.end();
      }
    },
    async models(signal): Promise<readonly ModelFacts[]> {
      const listed = tags.safeParse(await clientOf(signal).sdk.list());
      if (!listed.success)
        throw new ProviderFailure('provider.garbage', `${id} lists no models.`, { accepted: true });
      const names = listed.data.models.map((model) => model.name);
      const facts: ModelFacts[] = [];
      for (let at = 0; at < names.length; at += shownAtOnce) {
        const some = names.slice(at, at + shownAtOnce);
        const found = await Promise.all(some.map(about));
        some.forEach((name, index) => {
          facts.push({ name, ...found[index]?.facts });
        });
      }
      return facts;
    },
    close: () => http.close(),
  };
}

import { type Dispatcher, errors, Pool } from 'undici';
import { z } from 'zod';
import {
  type CompleteReply,
  type Frame,
  type Provider,
  ProviderFailure,
  type UpstreamCall,
  type Usage,
} from '../../bounded-contexts/inference/index.ts';
import type { Operation } from '../../schemas/primitives.ts';
import { sseData } from './sse.ts';

export interface OpenAiCompatibleOptions {
  readonly id: string;
  /** Up to and without `/chat/completions`, such as `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly betweenBytesMs: number;
}

/** An answer that is not streamed is at most this large. */
const maxAnswerBytes = 32 * 1024 * 1024;

const tokens = z.number().int().min(0).max(2_147_483_647);

const usageSchema = z.object({
  prompt_tokens: tokens,
  completion_tokens: tokens,
  prompt_tokens_details: z.object({ cached_tokens: tokens.nullish() }).nullish(),
  completion_tokens_details: z.object({ reasoning_tokens: tokens.nullish() }).nullish(),
});

/** Undefined where the provider reports none, or something that cannot be true. */
function usageOf(value: unknown): Usage | undefined {
  const parsed = usageSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const { prompt_tokens, completion_tokens, prompt_tokens_details, completion_tokens_details } = parsed.data;
  return {
    input: prompt_tokens,
    output: completion_tokens,
    cached: prompt_tokens_details?.cached_tokens ?? 0,
    cacheWrite: 0,
    reasoning: completion_tokens_details?.reasoning_tokens ?? 0,
  };
}

const completion = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string().nullish() }).loose() }).loose()).min(1),
  usage: z.unknown().optional(),
});

const chunk = z.object({
  choices: z.array(
    z
      .object({
        delta: z.object({ content: z.string().nullish() }).loose().nullish(),
        finish_reason: z.string().nullish(),
      })
      .loose(),
  ),
  usage: z.unknown().optional(),
});

const errorBody = z.object({ error: z.union([z.string(), z.object({ message: z.string() }).loose()]) });

const modelList = z.object({ data: z.array(z.object({ id: z.string().min(1) }).loose()) });

/** Any service that speaks OpenAI's chat completions: OpenAI itself, Ollama, vLLM, llama.cpp, Fireworks, … */
export function openAiCompatible(options: OpenAiCompatibleOptions): Provider {
  const base = new URL(options.baseUrl);
  const prefix = base.pathname.replace(/\/+$/, '');
  const pool = new Pool(base.origin, {
    connections: 256,
    pipelining: 1,
    connect: { timeout: options.connectMs },
    headersTimeout: options.firstByteMs,
    bodyTimeout: options.betweenBytesMs,
    keepAliveTimeout: 30_000,
  });
  const authorization = options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` };
  const headers = { 'content-type': 'application/json', 'user-agent': 'daybook', ...authorization };

  async function send(
    method: 'GET' | 'POST',
    path: string,
    body: string | null,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    let response: Dispatcher.ResponseData;
    try {
      response = await pool.request({ method, path: prefix + path, headers, body, signal });
    } catch (error) {
      throw failureOf(error, false);
    }
    if (response.statusCode >= 300) throw await refusal(response);
    return response;
  }

  return {
    id: options.id,
    serves: new Set<Operation>(['chat']),
    async complete({ body, signal }: UpstreamCall): Promise<CompleteReply> {
      const response = await send('POST', '/chat/completions', JSON.stringify(body), signal);
      let bytes: Buffer;
      try {
        // Most answers say how long they are: then they are collected at once, without an iterator's turns.
        const announced = Number(response.headers['content-length']);
        bytes =
          announced <= maxAnswerBytes
            ? Buffer.from(await response.body.arrayBuffer())
            : await bounded(response.body, maxAnswerBytes);
      } catch (error) {
        throw failureOf(error, true);
      }
      const parsed = completion.safeParse(jsonOf(bytes.toString()));
      if (!parsed.success) {
        throw new ProviderFailure(
          'provider.garbage',
          `${options.id} answered something that is not a chat completion.`,
          {
            accepted: true,
            status: response.statusCode,
          },
        );
      }
      const text = parsed.data.choices.map((choice) => choice.message.content ?? '').join('\n');
      return { body: bytes, text, usage: usageOf(parsed.data.usage) };
    },
    async *stream({ body, signal }: UpstreamCall): AsyncGenerator<Frame> {
      const response = await send('POST', '/chat/completions', JSON.stringify(body), signal);
      let finished = false;
      let frames = 0;
      try {
        for await (const json of sseData(response.body)) {
          if (json === '[DONE]') return;
          const value = jsonOf(json);
          const failed = errorBody.safeParse(value);
          if (failed.success) {
            throw new ProviderFailure(
              'provider.cut-off',
              `${options.id} broke off: ${messageOf(failed.data)}`,
              { accepted: true },
            );
          }
          const parsed = chunk.safeParse(value);
          // One malformed chunk does not make the rest wrong; if nothing makes sense, that is said below.
          if (!parsed.success) continue;
          frames++;
          const { choices } = parsed.data;
          finished ||= choices.some((choice) => typeof choice.finish_reason === 'string');
          const usage = parsed.data.usage == null ? undefined : usageOf(parsed.data.usage);
          yield {
            json,
            text:
              choices.length === 1
                ? (choices[0]?.delta?.content ?? '')
                : choices.map((choice) => choice.delta?.content ?? '').join(''),
            ...(usage ? { usage } : {}),
            usageOnly: choices.length === 0,
          };
        }
      } catch (error) {
        throw failureOf(error, true);
      }
      if (finished) return;
      throw frames === 0
        ? new ProviderFailure(
            'provider.garbage',
            `${options.id} answered something that is not a stream of chunks.`,
            { accepted: true },
          )
        : new ProviderFailure(
            'provider.cut-off',
            `${options.id} ended the stream before its answer was complete.`,
            { accepted: true },
          );
    },
    async models(signal) {
      const response = await send('GET', '/models', null, signal);
      const parsed = modelList.safeParse(jsonOf((await bounded(response.body, maxAnswerBytes)).toString()));
      if (!parsed.success)
        throw new ProviderFailure('provider.garbage', `${options.id} lists no models.`, { accepted: true });
      return parsed.data.data.map((model) => ({ name: model.id }));
    },
    close: () => pool.destroy(),
  };

  async function refusal(response: Dispatcher.ResponseData): Promise<ProviderFailure> {
    const status = response.statusCode;
    const text = await bounded(response.body, 64 * 1024).then(
      (bytes) => bytes.toString(),
      () => '',
    );
    const parsed = errorBody.safeParse(jsonOf(text));
    const said = parsed.success ? messageOf(parsed.data) : `status ${status}`;
    const details = {
      status,
      accepted: false,
      ...retryAfter(response.headers['retry-after'], response.headers['retry-after-ms']),
      ...(text === '' ? {} : { original: text.slice(0, 2_000) }),
    };
    if (status === 429)
      return new ProviderFailure('provider.rate-limited', `${options.id} limits its rate: ${said}`, details);
    if (status === 503 || status === 529)
      return new ProviderFailure('provider.overloaded', `${options.id} has no capacity: ${said}`, details);
    if (status === 400 && /context_length_exceeded|maximum context length/.test(text))
      return new ProviderFailure('provider.context-exceeded', said, details);
    if (status === 408 || status === 504)
      return new ProviderFailure('provider.timeout', `${options.id} timed out: ${said}`, details);
    // Its own quarrel with us (our key, a wrong address) is no fault of the caller's request.
    const callersFault =
      status >= 400 && status < 500 && status !== 401 && status !== 402 && status !== 403 && status !== 404;
    return callersFault
      ? new ProviderFailure('provider.rejected', said, details)
      : new ProviderFailure(
          'provider.error',
          `${options.id} answered with ${status === 401 || status === 403 ? 'a refusal of its configured key' : said}`,
          details,
        );
  }

  function failureOf(error: unknown, accepted: boolean): unknown {
    if (error instanceof ProviderFailure) return error;
    if (!(error instanceof Error)) return error;
    if (error.name === 'AbortError' || error.cause === 'deadline') return error;
    if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError) {
      return new ProviderFailure(
        'provider.timeout',
        `${options.id} fell silent.`,
        { accepted },
        { cause: error },
      );
    }
    if (error instanceof errors.ConnectTimeoutError) {
      return new ProviderFailure(
        'provider.unreachable',
        `${options.id} could not be reached in time.`,
        { accepted: false },
        { cause: error },
      );
    }
    return accepted
      ? new ProviderFailure(
          'provider.cut-off',
          `${options.id} broke the connection.`,
          { accepted },
          { cause: error },
        )
      : new ProviderFailure(
          'provider.unreachable',
          `${options.id} could not be reached.`,
          { accepted },
          { cause: error },
        );
  }
}

const messageOf = ({ error }: z.infer<typeof errorBody>): string =>
  (typeof error === 'string' ? error : error.message).slice(0, 500);

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `retry-after` in seconds (RFC 9110); a date is not used by providers and passed over. */
function retryAfter(
  header: string | string[] | undefined,
  inMs: string | string[] | undefined,
): { retryAfterMs?: number } {
  const ms = Number(Array.isArray(inMs) ? inMs[0] : (inMs ?? Number.NaN));
  if (Number.isFinite(ms) && ms >= 0) return { retryAfterMs: Math.round(ms) };
  const seconds = Number(Array.isArray(header) ? header[0] : header);
  return Number.isFinite(seconds) && seconds >= 0 ? { retryAfterMs: Math.round(seconds * 1000) } : {};
}

async function bounded(body: AsyncIterable<Uint8Array>, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > limit) throw new Error('the answer is too large');
    chunks.push(part);
  }
  return chunks.length === 1 ? Buffer.from(chunks[0] as Uint8Array) : Buffer.concat(chunks);
}

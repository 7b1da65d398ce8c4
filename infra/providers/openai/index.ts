/**
 * Every service that speaks OpenAI's API: OpenAI itself, Fireworks, Together, Groq, OpenRouter, Gemini, Azure,
 * vLLM, llama.cpp, LM Studio, Jan, … Bytes pass through in both directions; what is read on the way is what
 * must be paid, recorded or judged.
 */
import {
  type CompleteReply,
  type Frame,
  type Provider,
  ProviderFailure,
} from '../../../bounded-contexts/inference/index.ts';
import type { Operation } from '../../../schemas/primitives.ts';
import {
  errorIn,
  headerOf,
  jsonOf,
  rateLimitsOf,
  refusal,
  sseEvents,
  type WholeAnswer,
  type Wire,
  wire,
} from '../wire/index.ts';
import { readers } from './answers.ts';
import { collectChat } from './collect-chat.ts';
import { modelsIn } from './models.ts';
import { isChunked, streamChat } from './stream-chat.ts';
import { responseIn, streamResponses } from './stream-responses.ts';

export interface OpenAiCompatibleOptions {
  readonly id: string;
  /** Up to and without `/chat/completions`, such as `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  /** What it serves; operations that are not of this API are passed over. */
  readonly operations: readonly Operation[];
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly betweenBytesMs: number;
}

/** What OpenAI itself serves. */
export const openAiOperations: readonly Operation[] = [
  'chat',
  'completions',
  'responses',
  'embeddings',
  'moderations',
];

export function openAiCompatible({ apiKey, operations, ...rest }: OpenAiCompatibleOptions): Provider {
  const http = wire({
    ...rest,
    headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
    secret: apiKey,
  });
  const pathOf = (operation: Operation): string => {
    const path = readers[operation]?.path;
    if (path === undefined) throw unserved(http.id, operation);
    return path;
  };

  return {
    id: rest.id,
    serves: new Set(operations.filter((one) => readers[one] !== undefined)),
    async complete(call): Promise<CompleteReply> {
      const { operation, body, signal } = call;
      const answer = await http.ask('POST', pathOf(operation), JSON.stringify(body), signal);
      return isStream(answer) && call.operation === 'chat'
        ? unaskedStream(http, answer)
        : wholeAnswer(http, answer, call.operation);
    },
    async *stream(call): AsyncGenerator<readonly Frame[]> {
      const { operation, body, signal } = call;
      const answer = await http.request('POST', pathOf(operation), JSON.stringify(body), signal);
      if (isChunked(call.operation)) {
        const { n } = call.body;
        yield* streamChat(http, answer, call.operation, typeof n === 'number' ? n : 1);
      } else if (call.operation === 'responses') yield* streamResponses(http, answer);
      else throw unserved(http.id, call.operation);
    },
    async models(signal) {
      const { bytes } = await http.ask('GET', '/models', null, signal);
      const models = modelsIn(jsonOf(bytes.toString()));
      if (!models)
        throw new ProviderFailure('provider.garbage', `${http.id} lists no models.`, { accepted: true });
      return models;
    },
    close: () => http.close(),
  };
}

const isStream = ({ headers }: Pick<WholeAnswer, 'headers'>): boolean =>
  headerOf(headers, 'content-type')?.startsWith('text/event-stream') === true;

const unserved = (provider: string, operation: Operation): ProviderFailure =>
  new ProviderFailure('request.unsupported', `${provider} serves no ${operation}.`, { accepted: false });

async function wholeAnswer(http: Wire, answer: WholeAnswer, operation: Operation): Promise<CompleteReply> {
  const { bytes } = answer;
  const streamed = operation === 'responses' && isStream(answer);
  const value = streamed ? await responseIn(bytes) : jsonOf(bytes.toString());
  const read = readers[operation]?.read(value);
  const body = streamed && read ? Buffer.from(JSON.stringify(value)) : bytes;
  if (read) return { body, ...read, ...rateLimitsOf(answer.headers) };
  const text = bytes.toString('utf8', 0, 4_000);
  const said = errorIn(value);
  // An error with a status of 200: OpenRouter and some proxies say so.
  if (said)
    throw refusal({
      provider: http.id,
      status: undefined,
      headers: answer.headers,
      text,
      said,
      secret: http.secret,
    });
  throw new ProviderFailure(
    'provider.garbage',
    `${http.id} answered something that is not ${readers[operation]?.noun ?? 'an answer'}.`,
    { accepted: true, status: answer.status, original: text.slice(0, 2_000) },
  );
}

/** A provider that streams though it was not asked to: one answer of its chunks. */
async function unaskedStream(http: Wire, answer: WholeAnswer): Promise<CompleteReply> {
  const chunks: Record<string, unknown>[] = [];
  const { bytes } = answer;
  async function* once() {
    yield bytes;
  }
  for await (const { data } of sseEvents(once())) {
    const value = jsonOf(data);
    if (value !== null && typeof value === 'object' && 'choices' in value)
      chunks.push(value as Record<string, unknown>);
  }
  const completion = collectChat(chunks);
  const read = chunks.length === 0 ? undefined : readers.chat?.read(completion);
  const choices = completion['choices'] as readonly Record<string, unknown>[];
  if (!read || !choices.every((choice) => typeof choice['finish_reason'] === 'string'))
    throw new ProviderFailure(
      'provider.garbage',
      `${http.id} answered something that is not a chat completion.`,
      {
        accepted: true,
        status: answer.status,
      },
    );
  return { body: Buffer.from(JSON.stringify(completion)), ...read, ...rateLimitsOf(answer.headers) };
}

/**
 * Anthropic. Its own dialect (`messages`, `count-tokens`) passes through, bytes and events as they come: thinking,
 * signatures, citations, cache control and betas included. Chat completions are translated
 * (dialects/messages-upstream), and with them every dialect that is carried over chat.
 */
import {
  type CompleteReply,
  chatAnswer,
  chatChunks,
  type Frame,
  isMessage,
  type MessagesRequest,
  messagesRequest,
  messagesUsageOf,
  type Provider,
  ProviderFailure,
  type UpstreamCall,
} from '../../../bounded-contexts/inference/index.ts';
import { isDaybookError } from '../../../schemas/errors.ts';
import {
  headerOf,
  isRecord,
  jsonOf,
  rateLimitsOf,
  refusal,
  saidOf,
  sseEvents,
  type WireAnswer,
  wire,
} from '../wire/index.ts';
import { messageEvents, type Value } from './events.ts';
import { modelsIn } from './models.ts';
import { messageOf } from './unasked.ts';

export interface AnthropicOptions {
  readonly id: string;
  /** Up to and without `/v1/messages`, such as `https://api.anthropic.com`. */
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly betweenBytesMs: number;
}

const nothingUsed = { input: 0, output: 0, cached: 0, cacheWrite: 0, reasoning: 0 };

/** What cannot be carried over is this provider's refusal: another one may well have it. */
function translated(body: UpstreamCall['body']): MessagesRequest {
  try {
    return messagesRequest(body);
  } catch (error) {
    if (!isDaybookError(error)) throw error;
    throw new ProviderFailure(error.code, error.message, { accepted: false }, { cause: error });
  }
}

/** Since this version of the API sampling is the model's own business. */
const newest = '2026-10-21';
const withSampling = '2023-06-01';

/** The version that a body without one of its own is meant for. */
const versionOf = (body: UpstreamCall['body']): string =>
  ['temperature', 'top_p', 'top_k'].some((field) => body[field] != null) ? withSampling : newest;

const inSeconds = () => Math.floor(Date.now() / 1000);

export function anthropic({ apiKey, baseUrl, ...rest }: AnthropicOptions): Provider {
  const { id } = rest;
  const http = wire({ ...rest, baseUrl: new URL(baseUrl).origin, headers: {}, secret: apiKey });
  // The SDK takes a quarter of a second to load: only where there is an Anthropic to talk to.
  const loaded = import('./client.ts').then(({ anthropicClient }) =>
    anthropicClient(http, baseUrl.replace(/\/+(v1\/*)?$/, ''), apiKey),
  );

  /** The JSON of a whole answer that `is` such an answer. */
  async function whole<Kind extends Value>(
    answer: WireAnswer,
    is: (value: unknown) => value is Kind,
  ): Promise<{ bytes: Uint8Array; value: Kind }> {
    const bytes = await http.whole(answer);
    const streamed = headerOf(answer.headers, 'content-type')?.startsWith('text/event-stream') === true;
    const value: unknown = streamed ? await unaskedStream(bytes) : jsonOf(bytes.toString());
    if (is(value)) return { bytes: streamed ? Buffer.from(JSON.stringify(value)) : bytes, value };
    const text = bytes.toString('utf8', 0, 2_000);
    const said = isRecord(value) && value['type'] === 'error' ? saidOf(value) : undefined;
    throw said
      ? refusal({ provider: id, status: undefined, headers: answer.headers, text, said, secret: apiKey })
      : new ProviderFailure('provider.garbage', `${id} answered something that is not a message.`, {
          accepted: true,
          status: answer.status,
          original: text,
        });
  }

  async function send(
    path: string,
    { body, headers, signal }: Omit<UpstreamCall, 'operation' | 'model'>,
  ): Promise<WireAnswer> {
    const client = await loaded;
    return client.post(path, body, signal, { 'anthropic-version': versionOf(body), ...headers });
  }

  return {
    id,
    serves: new Set(['messages', 'count-tokens', 'chat'] as const),
    async complete({ operation, body, signal, headers }): Promise<CompleteReply> {
      if (operation === 'count-tokens') {
        const answer = await send('/v1/messages/count_tokens', { body, signal, headers });
        const { bytes } = await whole(answer, isCount);
        return { body: bytes, text: '', usage: nothingUsed, ...rateLimitsOf(answer.headers) };
      }
      const request = operation === 'chat' ? translated(body) : undefined;
      const answer = await send('/v1/messages', { body: request?.body ?? body, signal, headers });
      const limits = rateLimitsOf(answer.headers);
      const { bytes, value } = await whole(answer, isMessage);
      const { completion, text, usage } = chatAnswer(value, {
        created: inSeconds(),
        jsonTool: request?.jsonTool ?? false,
        trimmed: request?.trimmed ?? '',
      });
      return request
        ? { body: Buffer.from(JSON.stringify(completion)), text, usage, ...limits }
        : { body: bytes, text, usage: messagesUsageOf(value['usage']), ...limits };
    },
    async *stream({ operation, body, signal, headers }): AsyncGenerator<readonly Frame[]> {
      const request = operation === 'chat' ? translated(body) : undefined;
      const answer = await send('/v1/messages', { body: request?.body ?? body, signal, headers });
      const events = messageEvents(http, answer);
      if (!request) {
        for await (const together of events) yield together.map(({ frame }) => frame);
        return;
      }
      const chunks = chatChunks({
        created: inSeconds(),
        jsonTool: request.jsonTool,
        trimmed: request.trimmed,
      });
      for await (const together of events)
        yield together.flatMap(({ value, frame: { headers } }) =>
          chunks.push(value).map((chunk) => (headers ? { ...chunk, headers } : chunk)),
        );
    },
    async models(signal) {
      const client = await loaded;
      const answer = await client.get('/v1/models?limit=1000', signal);
      const models = modelsIn(jsonOf((await http.whole(answer)).toString()));
      if (!models)
        throw new ProviderFailure('provider.garbage', `${id} lists no models.`, { accepted: true });
      return models;
    },
    close: () => http.close(),
  };
}

const isCount = (value: unknown): value is Value =>
  isRecord(value) && typeof value['input_tokens'] === 'number';

async function unaskedStream(bytes: Uint8Array): Promise<Value | undefined> {
  async function* once() {
    yield bytes;
  }
  const events: Value[] = [];
  for await (const { data } of sseEvents(once())) {
    const value = jsonOf(data);
    if (isRecord(value)) events.push(value);
  }
  return messageOf(events);
}

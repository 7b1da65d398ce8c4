import { createRoute, z } from '@hono/zod-openapi';
import { chatRequest } from '../../schemas/http/chat.ts';
import { completionsRequest } from '../../schemas/http/completions.ts';
import { embeddingsRequest } from '../../schemas/http/embeddings.ts';
import { signInAnswer, signInBody } from '../../schemas/http/identity.ts';
import { problem } from '../../schemas/http/management.ts';
import { countTokensRequest, messagesRequest } from '../../schemas/http/messages.ts';
import { moderationsRequest } from '../../schemas/http/moderations.ts';
import { rerankRequest } from '../../schemas/http/rerank.ts';
import { responsesRequest } from '../../schemas/http/responses.ts';

const json = (schema: z.ZodType, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});
const anything = z.object({}).loose();
const openAiError = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
});

const anthropicError = z.object({
  type: z.literal('error'),
  error: z.object({ type: z.string(), message: z.string() }),
  request_id: z.string().nullable(),
});

const call = (path: string, summary: string, body: z.ZodType, answer: string, error: z.ZodType) =>
  createRoute({
    method: 'post',
    path,
    tags: ['models'],
    summary,
    security: [{ key: [] }],
    'x-daybook-permission': 'models.call',
    request: { body: { required: true, content: { 'application/json': { schema: body } } } },
    responses: {
      200: json(anything, answer),
      400: json(error, 'A field is wrong, or no model that would answer can be asked for it'),
      404: json(error, 'The model does not exist, or does not serve this; the message names some that do'),
      429: json(
        error,
        'A hard budget has no room (`insufficient_quota`), or a limit of the caller or of the provider is reached (`rate_limit_exceeded`)',
      ),
      502: json(error, 'Every provider that was tried failed'),
      503: json(error, 'The call could not be recorded, so no provider was called'),
    },
  });

const read = (path: string, summary: string, answer: string) =>
  createRoute({
    method: 'get',
    path,
    tags: ['models'],
    summary,
    security: [{ key: [] }],
    'x-daybook-permission': path === '/v1/models' ? 'models.read' : 'models.call',
    responses: { 200: json(anything, answer) },
  });

const streamed = 'with `stream: true` server-sent events';

/** Routes that are no OpenAPI routes of Hono's, described for the reference page. */
export const plainPaths = [
  call(
    '/v1/chat/completions',
    'A chat completion in OpenAI’s dialect, streamed or not: reserved, answered, recorded, settled',
    chatRequest,
    `The completion; ${streamed}`,
    openAiError,
  ),
  call(
    '/v1/responses',
    'A response in OpenAI’s newer dialect, over any provider; kept, and continued by `previous_response_id`',
    responsesRequest,
    `The response; ${streamed}`,
    openAiError,
  ),
  call(
    '/v1/completions',
    'A completion in OpenAI’s older dialect, over any provider',
    completionsRequest,
    `The completion; ${streamed}`,
    openAiError,
  ),
  call('/v1/embeddings', 'Embeddings of texts or tokens', embeddingsRequest, 'The vectors', openAiError),
  call('/v1/moderations', 'Whether a text is harmful', moderationsRequest, 'The verdicts', openAiError),
  call(
    '/v1/rerank',
    'Documents in the order in which they answer a query',
    rerankRequest,
    'The order',
    openAiError,
  ),
  call(
    '/v1/messages',
    'A message in Anthropic’s dialect, over any provider',
    messagesRequest,
    `The message; ${streamed}`,
    anthropicError,
  ),
  call(
    '/v1/messages/count_tokens',
    'The tokens that a message would be: counted by the provider or estimated, as `Daybook-Token-Count` says',
    countTokensRequest,
    'Their number',
    anthropicError,
  ),
  read('/v1/responses/{id}', 'A response that was kept, for the key that asked for it', 'The response'),
  read('/v1/responses/{id}/input_items', 'What a kept response was asked with', 'OpenAI’s list of items'),
  read(
    '/v1/models',
    'The models and routes that can be called; in Anthropic’s shape with `anthropic-version`',
    'The list of models',
  ),
  createRoute({
    method: 'get',
    path: '/v1/streams/{id}',
    tags: ['models'],
    summary: 'A stream that was asked for with `Daybook-Resumable: true`, gone on with for 15 minutes',
    security: [{ key: [] }],
    'x-daybook-permission': 'models.call',
    request: {
      params: z.object({ id: z.string() }),
      headers: z.object({
        'last-event-id': z
          .string()
          .optional()
          .openapi({ description: 'Go on after this event; without it from the first.' }),
      }),
    },
    responses: {
      200: {
        description: 'Its events with their ids, those to come included',
        content: { 'text/event-stream': { schema: z.string() } },
      },
      404: json(openAiError, 'There is no such stream of this key, or it is more than 15 minutes old'),
    },
  }),
  createRoute({
    method: 'post',
    path: '/auth/sign-in',
    tags: ['sign-in'],
    summary:
      'Sign in by a password: the answer’s cookie is the person’s until it ends; asked by a page of ours',
    request: { body: { required: true, content: { 'application/json': { schema: signInBody } } } },
    responses: {
      201: json(signInAnswer, 'Signed in, with a cookie'),
      401: json(problem, 'Nobody signs in by this name and password'),
      429: json(problem, 'Too many guesses of this name, or from this address'),
    },
  }),
  createRoute({
    method: 'post',
    path: '/auth/sign-out',
    tags: ['sign-in'],
    summary: 'End the sign-in of the cookie that comes along, in every gateway',
    responses: { 204: { description: 'It has ended, or there was none' } },
  }),
  ...(['/health', '/ready', '/metrics'] as const).map((path) =>
    createRoute({
      method: 'get',
      path,
      tags: ['health'],
      summary: {
        '/health': 'This process answers',
        '/ready': 'Each part that it stands on serves',
        '/metrics': 'Prometheus metrics',
      }[path],
      responses: { 200: { description: 'It does' } },
    }),
  ),
];

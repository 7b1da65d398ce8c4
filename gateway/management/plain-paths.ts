import { createRoute, z } from '@hono/zod-openapi';
import { chatRequest } from '../../schemas/http/chat.ts';

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

/** Routes that are no OpenAPI routes of Hono's, described for the reference page. */
export const plainPaths = [
  createRoute({
    method: 'post',
    path: '/v1/chat/completions',
    tags: ['models'],
    summary: 'A chat completion in OpenAI’s dialect, streamed or not: reserved, answered, recorded, settled',
    security: [{ key: [] }],
    request: { body: { required: true, content: { 'application/json': { schema: chatRequest } } } },
    responses: {
      200: json(anything, 'The completion; with `stream: true` server-sent events'),
      429: json(
        openAiError,
        'A hard budget has no room (`insufficient_quota`), or the provider limits its rate',
      ),
      502: json(openAiError, 'Every provider that was tried failed'),
      503: json(openAiError, 'The call could not be recorded, so no provider was called'),
    },
  }),
  createRoute({
    method: 'get',
    path: '/v1/models',
    tags: ['models'],
    summary: 'The models and routes that can be called',
    security: [{ key: [] }],
    responses: { 200: json(anything, 'OpenAI’s list of models') },
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

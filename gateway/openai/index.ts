/**
 * The OpenAI surface, `/v1/*`: what the official clients expect, errors included. Chat completions run on bare
 * `node:http`; the rest is a small Hono app.
 */
import { Hono } from 'hono';
import type { Catalogue } from '../../bounded-contexts/inference/index.ts';
import { uuidv7 } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { type Authenticate, principalOf } from '../shared/bearer.ts';
import type { Surface } from '../shared/surface.ts';
import { chatCompletions } from './chat-completions.ts';
import { openAiError } from './errors.ts';

/** The routes of OpenAI's dialect on which models are called. */
export const openAiSurfaces: ReadonlyMap<string, Surface> = new Map([
  ['/v1/chat/completions', chatCompletions],
]);

interface OpenAiPorts {
  readonly authenticate: Authenticate;
  readonly catalogue: () => Catalogue;
  /** Unix seconds at which the catalogue was made: every model's `created`. */
  readonly created: number;
  readonly onBug: (error: unknown, requestId: string) => void;
}

export function openAiApp(ports: OpenAiPorts): Hono<{ Variables: { requestId: string } }> {
  const app = new Hono<{ Variables: { requestId: string } }>();
  const model = (id: string, owner: string) => ({
    id,
    object: 'model',
    created: ports.created,
    owned_by: owner,
  });

  const all = () => {
    const { models, aliases } = ports.catalogue();
    return [
      ...[...aliases.keys()].map((alias) => model(alias, 'daybook')),
      ...[...models.values()].map((one) => model(one.id, one.provider)),
    ];
  };

  app.use('/v1/*', async (context, next) => {
    context.set('requestId', `req_${uuidv7()}`);
    principalOf(ports.authenticate, context.req.header('authorization'), context.req.header('x-api-key'));
    await next();
    context.header('x-request-id', context.get('requestId'));
  });
  app.get('/v1/models', (context) => context.json({ object: 'list', data: all() }));
  // Model names hold slashes, sent as they are or encoded; Hono decodes, and leaves alone what is malformed.
  app.get('/v1/models/:id{.+}', (context) => {
    const id = context.req.param('id');
    const found = all().find((one) => one.id === id);
    if (!found)
      throw new DaybookError('model.not-found', `The model ${JSON.stringify(id)} does not exist.`, {
        param: 'model',
      });
    return context.json(found);
  });
  app.all('/v1/*', (context) => {
    const known = openAiSurfaces.has(context.req.path) || context.req.path === '/v1/models';
    throw known
      ? new DaybookError(
          'route.method-not-allowed',
          `${context.req.path} does not accept ${context.req.method}.`,
        )
      : new DaybookError('route.unknown', `There is no route ${context.req.method} ${context.req.path}.`);
  });
  app.onError((error, context) => {
    const requestId = context.get('requestId');
    if (!(error instanceof DaybookError)) ports.onBug(error, requestId);
    const { status, headers, body } = openAiError(error);
    return new Response(JSON.stringify(body), {
      status,
      headers: {
        'content-type': 'application/json',
        ...headers,
        'x-request-id': requestId,
      },
    });
  });
  return app;
}

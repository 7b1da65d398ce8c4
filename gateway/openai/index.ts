/**
 * The OpenAI surface, `/v1/*`: what the official clients expect, errors included. Chat completions run on bare
 * `node:http`; the rest is a small Hono app.
 */
import { Hono } from 'hono';
import type { AuditRecorder } from '../../bounded-contexts/governance/index.ts';
import type { Principal } from '../../bounded-contexts/identity/index.ts';
import { type Catalogue, inputItems } from '../../bounded-contexts/inference/index.ts';
import { uuidv7 } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { type Connection, noteRefusals } from '../shared/audited.ts';
import { type Authenticate, demand, principalOf } from '../shared/bearer.ts';
import { callableBy } from '../shared/model-list.ts';
import type { Surface } from '../shared/surface.ts';
import { chatCompletions } from './chat-completions.ts';
import { completions } from './completions.ts';
import { embeddings } from './embeddings.ts';
import { openAiError } from './errors.ts';
import { openAiModel, openAiModels } from './models.ts';
import { moderations } from './moderations.ts';
import { notOffered } from './not-offered.ts';
import { rerank } from './rerank.ts';
import { inputItemList, responses } from './responses.ts';
import type { FindResponse } from './stored-responses.ts';

export { type FindResponse, storedResponses } from './stored-responses.ts';

/** The routes of OpenAI's dialect on which models are called. */
export const openAiSurfaces = (find: FindResponse): ReadonlyMap<string, Surface> =>
  new Map([
    ['/v1/chat/completions', chatCompletions],
    ['/v1/completions', completions],
    ['/v1/responses', responses(find)],
    ['/v1/embeddings', embeddings],
    ['/v1/moderations', moderations],
    ['/v1/rerank', rerank],
  ]);

const called = new Set(openAiSurfaces(async () => undefined).keys());

interface OpenAiPorts {
  readonly authenticate: Authenticate;
  readonly audit: Pick<AuditRecorder, 'refused'>;
  readonly catalogue: () => Catalogue;
  /** Unix seconds at which the catalogue was made: every model's `created`. */
  readonly created: number;
  readonly findResponse: FindResponse;
  readonly onBug: (error: unknown, requestId: string) => void;
}

type OpenAiVariables = { Bindings: Connection; Variables: { requestId: string; principal: Principal } };

export function openAiApp(ports: OpenAiPorts): Hono<OpenAiVariables> {
  const app = new Hono<OpenAiVariables>();

  const stored = async (principal: Principal, id: string) => {
    const found = await ports.findResponse(principal, id);
    if (!found)
      throw new DaybookError('resource.not-found', `Response with id ${JSON.stringify(id)} not found.`, {
        param: 'response_id',
      });
    return found;
  };

  app.use('/v1/*', noteRefusals(ports.audit));
  app.use('/v1/*', async (context, next) => {
    context.set('requestId', `req_${uuidv7()}`);
    const { authorization, 'x-api-key': apiKey } = context.req.header();
    const principal = await principalOf(ports.authenticate, authorization, apiKey);
    context.set('principal', principal);
    demand(principal, context.req.path.startsWith('/v1/models') ? 'models.read' : 'models.call');
    await next();
    context.header('x-request-id', context.get('requestId'));
  });
  app.get('/v1/models', (context) =>
    context.json(openAiModels(callableBy(context.get('principal'), ports.catalogue()), ports.created)),
  );
  // Model names hold slashes, sent as they are or encoded; Hono decodes, and leaves alone what is malformed.
  app.get('/v1/models/:id{.+}', (context) =>
    context.json(
      openAiModel(
        callableBy(context.get('principal'), ports.catalogue()),
        context.req.param('id'),
        ports.created,
      ),
    ),
  );
  app.get('/v1/responses/:id', async (context) => {
    if (context.req.query('stream') === 'true')
      throw new DaybookError('request.unsupported', 'stream: a stored response is given whole.', {
        param: 'stream',
      });
    return context.json((await stored(context.get('principal'), context.req.param('id'))).response);
  });
  app.get('/v1/responses/:id/input_items', async (context) => {
    const { request } = await stored(context.get('principal'), context.req.param('id'));
    const { order, limit } = context.req.query();
    return context.json(inputItemList(inputItems(request), order, Math.min(100, Number(limit ?? 20) || 20)));
  });
  app.delete('/v1/responses/:id', () => {
    throw new DaybookError(
      'route.method-not-allowed',
      'A response ends with its retention or the erasure of its person; send `store: false` for one that is not kept.',
    );
  });
  app.all('/v1/*', (context) => {
    const known = called.has(context.req.path) || context.req.path === '/v1/models';
    throw known
      ? new DaybookError(
          'route.method-not-allowed',
          `${context.req.path} does not accept ${context.req.method}.`,
        )
      : new DaybookError(
          'route.unknown',
          notOffered(context.req.path) ?? `There is no route ${context.req.method} ${context.req.path}.`,
        );
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

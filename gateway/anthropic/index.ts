/**
 * The Anthropic surface: `/v1/messages` on bare `node:http`, the counting of tokens, and their list of models
 * for clients that say `anthropic-version`.
 */
import { Hono } from 'hono';
import type { AuditRecorder } from '../../bounded-contexts/governance/index.ts';
import type { Principal } from '../../bounded-contexts/identity/index.ts';
import { uuidv7 } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { type Connection, noteRefusals } from '../shared/audited.ts';
import { type Authenticate, demand, principalOf } from '../shared/bearer.ts';
import { boundedBody } from '../shared/bounded-body.ts';
import { admitRequest } from '../shared/call-rates.ts';
import { callableBy } from '../shared/model-list.ts';
import type { RatePorts } from '../shared/rates.ts';
import type { Surface } from '../shared/surface.ts';
import { type CountPorts, countTokens } from './count-tokens.ts';
import { anthropicError } from './errors.ts';
import { messages } from './messages.ts';
import { anthropicModel, anthropicModels } from './models.ts';

/** The routes of Anthropic's dialect on which models are called. */
export const anthropicSurfaces: ReadonlyMap<string, Surface> = new Map([['/v1/messages', messages]]);

interface AnthropicPorts extends CountPorts {
  readonly limits: RatePorts;
  readonly authenticate: Authenticate;
  readonly audit: Pick<AuditRecorder, 'refused'>;
  /** Unix seconds at which the catalogue was made. */
  readonly created: number;
  readonly bodyBytes: number;
  readonly onBug: (error: unknown, requestId: string) => void;
}

type AnthropicVariables = { Bindings: Connection; Variables: { requestId: string; principal: Principal } };

/** Whether a request under `/v1` is of an Anthropic client. */
export const speaksAnthropic = (path: string, version: string | undefined): boolean =>
  version !== undefined || /^\/v1\/(messages|complete)(\/|$)/.test(path);

export function anthropicApp(ports: AnthropicPorts): Hono<AnthropicVariables> {
  const app = new Hono<AnthropicVariables>();
  app.use('*', noteRefusals(ports.audit));
  app.use('*', async (context, next) => {
    const requestId = `req_${uuidv7()}`;
    context.set('requestId', requestId);
    const { authorization, 'x-api-key': apiKey } = context.req.header();
    const principal = await principalOf(ports.authenticate, authorization, apiKey);
    context.set('principal', principal);
    demand(principal, context.req.path.startsWith('/v1/models') ? 'models.read' : 'models.call');
    await next();
    context.header('request-id', requestId);
    context.header('x-request-id', requestId);
  });
  app.post('/v1/messages/count_tokens', async (context) => {
    const bytes = await boundedBody(context.req, ports.bodyBytes);
    const principal = context.get('principal');
    await admitRequest(ports.limits, principal, context.get('requestId'));
    const { tokens, by } = await countTokens(
      ports,
      principal,
      context.req.header(),
      bytes,
      context.req.raw.signal,
    );
    return context.json({ input_tokens: tokens }, 200, { 'Daybook-Token-Count': by });
  });
  app.get('/v1/models', (context) => {
    const { limit, after_id, before_id } = context.req.query();
    return context.json(
      anthropicModels(callableBy(context.get('principal'), ports.catalogue()), ports.created, {
        limit,
        after_id,
        before_id,
      }),
    );
  });
  app.get('/v1/models/:id{.+}', (context) =>
    context.json(
      anthropicModel(
        callableBy(context.get('principal'), ports.catalogue()),
        context.req.param('id'),
        ports.created,
      ),
    ),
  );
  app.all('*', (context) => {
    const { path, method } = context.req;
    const known =
      anthropicSurfaces.has(path) || path === '/v1/messages/count_tokens' || path === '/v1/models';
    throw known
      ? new DaybookError('route.method-not-allowed', `${path} does not accept ${method}.`)
      : new DaybookError(
          'route.unknown',
          `${path} is not offered: of Anthropic's API Daybook serves /v1/messages, /v1/messages/count_tokens and /v1/models.`,
        );
  });
  app.onError((error, context) => {
    const requestId = context.get('requestId');
    if (!(error instanceof DaybookError)) ports.onBug(error, requestId);
    const { status, headers, body } = anthropicError(error, requestId);
    return new Response(JSON.stringify(body), {
      status,
      headers: {
        'content-type': 'application/json',
        ...headers,
        'request-id': requestId,
        'x-request-id': requestId,
      },
    });
  });
  return app;
}

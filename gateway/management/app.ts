import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { type Position, uuidv7 } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { problem } from '../../schemas/http/management.ts';
import { principalOf } from '../shared/bearer.ts';
import { boundedBody } from '../shared/bounded-body.ts';
import { parseJson } from '../shared/json-body.ts';
import type { Bound, ManagementPorts } from './ports.ts';
import { problemResponse } from './problem.ts';

export type ManagementApp = OpenAPIHono<Bound>;

const withBody = new Set(['POST', 'PUT', 'PATCH']);

/** An empty app whose errors are problems; its requests have passed {@link guard}. */
export function boundApp(ports: ManagementPorts): ManagementApp {
  const app = new OpenAPIHono<Bound>({
    defaultHook: (result) => {
      if (result.success) return;
      const [issue] = result.error.issues;
      const path = (issue?.path ?? []).map(String).join('.');
      throw new DaybookError(
        'request.invalid',
        `${path === '' ? '' : `${path}: `}${issue?.message ?? 'The value is not accepted'}.`,
        path === '' ? {} : { param: path },
      );
    },
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', { type: 'http', scheme: 'bearer' });
  app.onError((error, context) => {
    const thrown =
      error instanceof HTTPException && error.status === 400
        ? new DaybookError('request.malformed-json')
        : error;
    return problemResponse(thrown, context, ports.onBug);
  });
  return app;
}

/** What every request passes once, whichever surface it is for: it is identified, authenticated and bounded. */
export function guard(ports: ManagementPorts): MiddlewareHandler<Bound> {
  return async (context, next) => {
    context.set('requestId', `req_${uuidv7()}`);
    context.set('principal', principalOf(ports.authenticate, context.req.header('authorization')));
    if (context.get('principal').role !== 'admin') throw new DaybookError('auth.forbidden');
    // No store keeps a NUL, so nothing that holds one can be found.
    if (/%00/.test(context.req.url))
      throw new DaybookError('request.invalid', 'The address holds a NUL (%00), which no value may.');
    if (withBody.has(context.req.method)) {
      const bytes = await boundedBody(context.req, ports.bodyBytes);
      if (bytes.length > 0) {
        if (!/^application\/(\S+\+)?json\b/i.test(context.req.header('content-type') ?? ''))
          throw new DaybookError('request.unsupported-media-type');
        parseJson(bytes, ports.bodyDepth);
      }
    }
    await next();
    context.header('x-request-id', context.get('requestId'));
  };
}

const problems = {
  400: {
    description: 'The request is not valid',
    content: { 'application/problem+json': { schema: problem } },
  },
  401: {
    description: 'No key, or one that is not in force',
    content: { 'application/problem+json': { schema: problem } },
  },
  429: {
    description: 'More was asked within a minute than is allowed; `retry-after` says when again',
    content: { 'application/problem+json': { schema: problem } },
  },
  503: {
    description: 'A part that is needed does not serve now',
    content: { 'application/problem+json': { schema: problem } },
  },
} as const;

const security: Record<string, string[]>[] = [{ key: [] }];

/** The parts of a route's description that are the same for all. */
export const shared = {
  security,
  problems,
  notFound: {
    404: { description: 'There is none', content: { 'application/problem+json': { schema: problem } } },
  },
} as const;

export const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

export const body = <Schema extends z.ZodType>(schema: Schema) => ({
  body: { required: true, content: { 'application/json': { schema } } },
});

export { createRoute, z };

/** The header that lets a later query include what this command did. */
export const positionHeader = (ports: ManagementPorts, position: Position | null): Record<string, string> =>
  position === null ? {} : { 'Daybook-Position': ports.positions.encode(position) };

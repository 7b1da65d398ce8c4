import { createRoute, OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { matchedRoutes } from 'hono/route';
import { type Position, uuidv7 } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { problem } from '../../schemas/http/management.ts';
import type { Permission } from '../../schemas/roles.ts';
import { demand, principalOf } from '../shared/bearer.ts';
import { boundedBody } from '../shared/bounded-body.ts';
import { bySignIn, type SignInPorts } from '../shared/by-sign-in.ts';
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

/** The permission of each route, by method and path as Hono has them. */
export type Permitted = ReadonlyMap<string, Permission>;

/**
 * What every request passes once, whichever surface it is for: it is identified, authenticated, allowed and bounded.
 * A route without a permission is nobody's.
 */
export function guard(
  ports: Pick<ManagementPorts, 'authenticate' | 'bodyBytes' | 'bodyDepth'> & SignInPorts,
  permitted: Permitted,
  streamed: ReadonlySet<string>,
): MiddlewareHandler<Bound> {
  const signedIn = bySignIn(ports);
  return async (context, next) => {
    context.set('requestId', `req_${uuidv7()}`);
    const principal =
      signedIn(context.req) ?? (await principalOf(ports.authenticate, context.req.header('authorization')));
    context.set('principal', principal);
    const route = matchedRoutes(context).find(({ path }) => !path.endsWith('*'));
    if (route) {
      const permission = permitted.get(`${route.method} ${route.path}`);
      if (permission === undefined) throw new DaybookError('auth.forbidden');
      demand(principal, permission);
    }
    // No store keeps a NUL, so nothing that holds one can be found.
    if (/%00/.test(context.req.url))
      throw new DaybookError('request.invalid', 'The address holds a NUL (%00), which no value may.');
    const itself = route !== undefined && streamed.has(`${route.method} ${route.path}`);
    if (withBody.has(context.req.method) && !itself) {
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

/** What each described route needs; throws where one under `/api/v1` does not say. */
export function permittedOf(app: ManagementApp): Permitted {
  const permitted = new Map<string, Permission>();
  for (const definition of app.openAPIRegistry.definitions) {
    if (definition.type !== 'route' || !definition.route.path.startsWith('/api/v1/')) continue;
    const { method, path, [permissionField]: permission } = definition.route;
    if (permission === undefined) throw new Error(`${method} ${path} names no permission`);
    permitted.set(`${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`, permission);
  }
  return permitted;
}

const permissionField = 'x-daybook-permission';
const streamsField = 'x-daybook-streams';

/** Routes that read their bodies themselves, piece by piece, by method and path as Hono has them. */
export function streamedOf(app: ManagementApp): ReadonlySet<string> {
  const streamed = new Set<string>();
  for (const definition of app.openAPIRegistry.definitions) {
    if (definition.type !== 'route' || definition.route[streamsField] !== true) continue;
    const { method, path } = definition.route;
    streamed.add(`${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`);
  }
  return streamed;
}

/**
 * A route of `/api/v1`, which names the permission that it needs: {@link guard} lets nobody through without it, and
 * the OpenAPI document shows it as `x-daybook-permission`. `streams`: it reads its body itself, and its handler bounds
 * it.
 */
export const route = <
  Path extends string,
  Config extends Omit<RouteConfig, 'path'> & { path: Path; permission: Permission; streams?: true },
>(
  config: Config,
) => {
  const made = createRoute({
    ...config,
    security,
    [permissionField]: config.permission,
    ...(config.streams ? { [streamsField]: true } : {}),
  });
  // The document knows them by their other names.
  Reflect.deleteProperty(made, 'permission');
  Reflect.deleteProperty(made, 'streams');
  return made;
};

const problems = {
  400: {
    description: 'The request is not valid',
    content: { 'application/problem+json': { schema: problem } },
  },
  401: {
    description: 'No key, or one that is not in force',
    content: { 'application/problem+json': { schema: problem } },
  },
  403: {
    description: 'Who calls may not do this',
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
  problems,
  changed: {
    412: {
      description: 'It has changed since the given ETag',
      content: { 'application/problem+json': { schema: problem } },
    },
  },
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

/** Where a reader of an event stream goes on, as its route describes it: in the query, or in the header. */
export const goOnAfter = z
  .string()
  .max(64)
  .optional()
  .openapi({ description: 'Go on after this position; `Last-Event-ID` does the same.' });
export const lastEventId = z.object({ 'last-event-id': z.string().max(64).optional() });

/** An event stream as its route describes it. */
export const eventStreamOf = (description: string) => ({
  description,
  content: { 'text/event-stream': { schema: z.string() } },
});

export { z };

/** The header that lets a later query include what this command did. */
export const positionHeader = (ports: ManagementPorts, position: Position | null): Record<string, string> =>
  position === null ? {} : { 'Daybook-Position': ports.positions.encode(position) };

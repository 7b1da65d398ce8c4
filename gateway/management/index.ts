/**
 * The management surface: `/api/v1/*`, health, metrics, and the description of it all. Each route validates,
 * authorises, dispatches to a context or a read model, and maps errors to `application/problem+json`.
 */
import { OpenAPIHono } from '@hono/zod-openapi';
import { uuidv7 } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import type { Permission } from '../../schemas/roles.ts';
import { version } from '../../schemas/version.ts';
import { anthropicApp, speaksAnthropic } from '../anthropic/index.ts';
import { authApp } from '../auth/index.ts';
import {
  confidenceRoutes,
  documentRoutes,
  impactRoutes,
  progressRoutes,
  queryRoutes,
  reviewRoutes,
  uploadRoutes,
  withUploads,
} from '../knowledge/index.ts';
import { openAiApp } from '../openai/index.ts';
import { noteRefusals } from '../shared/audited.ts';
import { streamsApp } from '../streams/index.ts';
import { guard, permittedOf, streamedOf } from './app.ts';
import { auditTrailRoutes } from './audit-trail.ts';
import { budgetCommandRoutes } from './budget-commands.ts';
import { budgetQueryRoutes } from './budget-queries.ts';
import { departmentRoutes } from './departments.ts';
import { docsApp } from './docs-page.ts';
import { erasureRoutes } from './erasure.ts';
import { eventQueryRoutes } from './event-queries.ts';
import { exportRoutes } from './exports.ts';
import { healthApp } from './health.ts';
import { idempotent, withIdempotencyKey } from './idempotency.ts';
import { invocationRoutes } from './invocations.ts';
import { keyRoutes } from './keys.ts';
import { meRoutes } from './me.ts';
import { memberRoutes } from './members.ts';
import { messageCommandRoutes } from './message-commands.ts';
import { messageQueryRoutes } from './message-queries.ts';
import { notaryRoutes } from './notary.ts';
import { passwordRoutes } from './passwords.ts';
import { plainPaths } from './plain-paths.ts';
import type { Bound, ManagementPorts } from './ports.ts';

import { problemResponse } from './problem.ts';
import { projectionRoutes } from './projections.ts';
import { rateLimit } from './rate-limit.ts';
import { retentionRoutes } from './retention.ts';
import { routingRoutes } from './routing.ts';
import { tenantRoutes } from './tenants.ts';
import { userRoutes } from './users.ts';
import { workflowCommandRoutes } from './workflow-commands.ts';
import { workflowQueryRoutes } from './workflow-queries.ts';

const surfaces = [
  budgetCommandRoutes,
  budgetQueryRoutes,
  invocationRoutes,
  eventQueryRoutes,
  workflowCommandRoutes,
  workflowQueryRoutes,
  messageCommandRoutes,
  messageQueryRoutes,
  projectionRoutes,
  meRoutes,
  tenantRoutes,
  departmentRoutes,
  userRoutes,
  memberRoutes,
  passwordRoutes,
  keyRoutes,
  erasureRoutes,
  notaryRoutes,
  auditTrailRoutes,
  retentionRoutes,
  exportRoutes,
  routingRoutes,
  documentRoutes,
  uploadRoutes,
  impactRoutes,
  confidenceRoutes,
  progressRoutes,
  queryRoutes,
  reviewRoutes,
];

export function managementApp(ports: ManagementPorts): OpenAPIHono<Bound> {
  const app = new OpenAPIHono<Bound>();
  app.route('/', healthApp(ports.health));
  app.route(
    '/',
    docsApp(() => describe()),
  );
  app.route('/', streamsApp(ports));
  app.route('/auth', authApp(ports));
  const created = Math.floor(ports.startedAt / 1000);
  const openAi = openAiApp({ ...ports, created });
  const anthropic = anthropicApp({ ...ports.calls, created });
  app.all('/v1/*', ({ req, env }) =>
    (speaksAnthropic(req.path, req.header('anthropic-version')) ? anthropic : openAi).fetch(req.raw, env),
  );
  // Hono takes middleware in the order of its registration, before there is a route.
  const permitted = new Map<string, Permission>();
  const streamed = new Set<string>();
  app.use('/api/v1/*', noteRefusals(ports.audit));
  app.use('/api/v1/*', guard(ports, permitted, streamed));
  app.use('/api/v1/*', rateLimit(ports));
  app.use('/api/v1/*', idempotent(ports));
  for (const routes of surfaces) {
    app.route('/api/v1', routes(ports));
  }
  for (const [name, permission] of permittedOf(app)) permitted.set(name, permission);
  for (const name of streamedOf(app)) streamed.add(name);
  for (const path of plainPaths) app.openAPIRegistry.registerPath(path);
  app.notFound((context) =>
    problemResponse(
      new DaybookError('route.unknown', `There is no route ${context.req.method} ${context.req.path}.`),
      context,
      ports.onBug,
    ),
  );
  app.onError((error, context) =>
    problemResponse(error, context, (thrown) => ports.onBug(thrown, `req_${uuidv7()}`)),
  );

  function describe(): object {
    return withUploads(
      withIdempotencyKey(
        app.getOpenAPI31Document({
          openapi: '3.1.0',
          info: {
            title: 'Daybook',
            version,
            description:
              'One gateway for every model, and a book of record of what was asked, answered and paid. `/v1` speaks the dialects of OpenAI and Anthropic, over every provider.',
          },
          tags: [],
        }),
      ),
    );
  }
  return app;
}

/** Every path that is described or served as it stands. */
export const pathsOf = (app: OpenAPIHono<Bound>): string[] => [
  ...app.openAPIRegistry.definitions.flatMap((one) => (one.type === 'route' ? [one.route.path] : [])),
  ...app.routes.flatMap(({ path }) => (path.includes('*') ? [] : [path])),
];

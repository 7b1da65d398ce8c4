import { issueKey, revokeKey } from '../../bounded-contexts/identity/index.ts';
import { listKeys } from '../../projections/queries.ts';
import { accepted, afterParam, keyBody } from '../../schemas/http/management.ts';
import { body, boundApp, createRoute, json, type ManagementApp, positionHeader, shared, z } from './app.ts';
import type { ManagementPorts } from './ports.ts';
import { waitAfter } from './read.ts';

const issue = createRoute({
  method: 'post',
  path: '/keys',
  tags: ['keys'],
  summary: 'Issue a key; its secret is in this answer and nowhere else',
  security: shared.security,
  request: body(keyBody),
  responses: {
    201: json(accepted.extend({ key: z.string(), secret: z.string() }), 'The key'),
    ...shared.problems,
  },
});

const revoke = createRoute({
  method: 'delete',
  path: '/keys/{key}',
  tags: ['keys'],
  summary: 'Revoke a key, at once',
  security: shared.security,
  request: { params: z.object({ key: z.string().regex(/^k_[A-Za-z0-9]{1,64}$/) }) },
  responses: { 200: json(accepted, 'It is revoked'), ...shared.notFound, ...shared.problems },
});

const list = createRoute({
  method: 'get',
  path: '/keys',
  tags: ['keys'],
  summary: 'Keys, newest first; never the keys themselves',
  security: shared.security,
  request: { query: z.object({ after: afterParam }) },
  responses: {
    200: json(
      z.object({
        data: z.array(
          z.object({
            key: z.string(),
            name: z.string(),
            role: z.string(),
            issuedAt: z.iso.datetime(),
            revokedAt: z.iso.datetime().nullable(),
          }),
        ),
      }),
      'The keys',
    ),
    ...shared.problems,
  },
});

export function keyRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  app.openapi(issue, async (context) => {
    const { tenant, key: actor } = context.get('principal');
    const wanted = context.req.valid('json');
    const { key, secret, position } = await issueKey(ports.log, ports.clock, { tenant, ...wanted, actor });
    return context.json(
      { key, secret, position: ports.positions.encode(position) },
      201,
      positionHeader(ports, position),
    );
  });
  app.openapi(list, async (context) => {
    await waitAfter(ports, context.req.valid('query').after, ['keys']);
    const keys = await listKeys(ports.store, context.get('principal').tenant);
    const data = keys.map(({ id, name, role, issuedAt, revokedAt }) => ({
      key: id,
      name,
      role,
      issuedAt: issuedAt.toISOString(),
      revokedAt: revokedAt?.toISOString() ?? null,
    }));
    return context.json({ data }, 200);
  });
  app.openapi(revoke, async (context) => {
    const { tenant, key: actor } = context.get('principal');
    const { position } = await revokeKey(ports.log, ports.clock, {
      tenant,
      key: context.req.valid('param').key,
      actor,
    });
    return context.json({ position: ports.positions.encode(position) }, 200, positionHeader(ports, position));
  });
  return app;
}

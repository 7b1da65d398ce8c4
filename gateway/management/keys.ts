import { issueKey, revokeKey } from '../../bounded-contexts/identity/index.ts';
import { accepted, keyBody } from '../../schemas/http/management.ts';
import { body, boundApp, createRoute, json, type ManagementApp, positionHeader, shared, z } from './app.ts';
import type { ManagementPorts } from './ports.ts';

const issue = createRoute({
  method: 'post',
  path: '/keys',
  tags: ['keys'],
  summary: 'Issue a key; its secret is in this answer and nowhere else',
  security: [...shared.security],
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
  security: [...shared.security],
  request: { params: z.object({ key: z.string().regex(/^k_[A-Za-z0-9]{1,64}$/) }) },
  responses: { 200: json(accepted, 'It is revoked'), ...shared.notFound, ...shared.problems },
});

export function keyRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  app.openapi(issue, async (context) => {
    const { tenant, key: actor } = context.get('principal');
    const { name, role } = context.req.valid('json');
    const { key, secret, position } = await issueKey(ports.log, ports.clock, { tenant, name, role, actor });
    return context.json(
      { key, secret, position: ports.positions.encode(position) },
      201,
      positionHeader(ports, position),
    );
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

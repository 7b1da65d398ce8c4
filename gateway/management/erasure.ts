import { eraseSubject } from '../../bounded-contexts/governance/index.ts';
import { actorOf } from '../../bounded-contexts/identity/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { accepted, suppliedId } from '../../schemas/http/management.ts';
import { boundApp, json, type ManagementApp, positionHeader, route, shared, z } from './app.ts';
import { idsOf } from './ids.ts';
import type { ManagementPorts } from './ports.ts';

const erase = route({
  permission: 'data.erase',
  method: 'delete',
  path: '/users/{id}/data',
  tags: ['governance'],
  summary: 'Erase a person: the key of all that is kept of them is destroyed; the log stays whole',
  request: { params: z.object({ id: suppliedId }) },
  responses: {
    200: json(accepted, 'Nothing of them can be read again'),
    ...shared.notFound,
    ...shared.problems,
  },
});

export function erasureRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  const ids = idsOf(ports.vault);
  app.openapi(erase, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const actor = actorOf(principal);
    const subject = await ids.find(tenant, 'user', context.req.valid('param').id);
    if (subject === '_') throw new DaybookError('resource.not-found', 'Nothing is kept of this person.');
    const { position } = await eraseSubject(ports, { tenant, subject, actor });
    return context.json({ position: ports.positions.encode(position) }, 200, positionHeader(ports, position));
  });
  return app;
}

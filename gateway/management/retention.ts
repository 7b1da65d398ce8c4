import { retentionOf, setRetention } from '../../bounded-contexts/governance/index.ts';
import { actorOf } from '../../bounded-contexts/identity/index.ts';
import { retentionBody, retentionView } from '../../schemas/http/governance.ts';
import { retentionKind, retentionKinds } from '../../schemas/retention.ts';
import { body, boundApp, json, type ManagementApp, positionHeader, route, shared } from './app.ts';
import type { ManagementPorts } from './ports.ts';

const show = route({
  permission: 'retention.read',
  method: 'get',
  path: '/retention',
  tags: ['governance'],
  summary: 'How long each kind of data is kept, and what has ended',
  responses: { 200: json(retentionView, 'Each kind'), ...shared.problems },
});

const put = route({
  permission: 'retention.manage',
  method: 'put',
  path: '/retention',
  tags: ['governance'],
  summary:
    'Set how long kinds of data are kept; what is not named stays as it is. What has ended does not come back',
  request: body(retentionBody),
  responses: { 200: json(retentionView, 'Each kind'), ...shared.problems },
});

export function retentionRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  const view = async (tenant: string) => ({
    data: (await retentionOf(ports.log, tenant)).map((one) => ({
      ...one,
      means: retentionKinds[one.kind].means,
    })),
  });

  app.openapi(show, async (context) => context.json(await view(context.get('principal').tenant), 200));

  app.openapi(put, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const actor = actorOf(principal);
    const wanted = context.req.valid('json');
    let position = null;
    for (const kind of retentionKind.options) {
      const days = wanted[kind];
      if (days !== undefined) position = await setRetention(ports, tenant, { kind, days }, { actor });
    }
    return context.json(await view(tenant), 200, positionHeader(ports, position));
  });
  return app;
}

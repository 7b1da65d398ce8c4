import { actorOf } from '../../bounded-contexts/identity/index.ts';
import { publishVersion } from '../../bounded-contexts/workflows/index.ts';
import { accepted } from '../../schemas/http/management.ts';
import { planSchema } from '../../schemas/plan.ts';
import { idString, plainText } from '../../schemas/primitives.ts';
import { body, boundApp, json, type ManagementApp, positionHeader, route, shared, z } from './app.ts';
import type { ManagementPorts } from './ports.ts';

const publish = route({
  permission: 'workflows.publish',
  method: 'post',
  path: '/workflows/{id}/versions',
  tags: ['workflows'],
  summary: 'Publish a plan as the next version; publishing the newest one again adds none',
  request: {
    params: z.object({ id: idString }),
    headers: z.object({
      'if-match': z
        .string()
        .max(100)
        .optional()
        .openapi({ description: 'Only while this is the newest version’s ETag.' }),
    }),
    ...body(
      z
        .strictObject({ definition: planSchema, note: plainText(500).optional() })
        .openapi('WorkflowVersionBody'),
    ),
  },
  responses: {
    200: json(accepted.extend({ version: z.number(), hash: z.string() }), 'It is the newest version already'),
    201: json(accepted.extend({ version: z.number(), hash: z.string() }), 'It is published'),
    ...shared.problems,
  },
});

export function workflowCommandRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  app.openapi(publish, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const actor = actorOf(principal);
    const { definition, note } = context.req.valid('json');
    const ifHash = context.req.valid('header')['if-match']?.replace(/^(W\/)?"|"$/g, '');
    const { version, hash, created, position } = await publishVersion(ports, {
      tenant,
      workflow: context.req.valid('param').id,
      plan: definition,
      actor,
      ...(note === undefined ? {} : { note }),
      ...(ifHash === undefined ? {} : { ifHash }),
    });
    const headers = { ...positionHeader(ports, position), etag: `"${hash}"` };
    const answer = { version, hash, position: ports.positions.encode(position) };
    return created ? context.json(answer, 201, headers) : context.json(answer, 200, headers);
  });
  return app;
}

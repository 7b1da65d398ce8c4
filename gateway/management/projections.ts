import {
  type DeadLetter,
  listDeadLetters,
  type ProjectionStatus,
  projectionStatus,
  requestRebuild,
} from '../../projections/queries.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { projection } from '../../schemas/http/management.ts';
import { boundApp, json, type ManagementApp, route, shared, z } from './app.ts';
import type { ManagementPorts } from './ports.ts';

const deadLetter = z.object({
  projection: z.string(),
  event: z.string(),
  type: z.string(),
  error: z.string(),
  parkedAt: z.iso.datetime(),
});

const list = route({
  permission: 'projections.read',
  method: 'get',
  path: '/projections',
  tags: ['projections'],
  summary: 'Every projection: how far it is, and what it could not apply',
  responses: {
    200: json(z.object({ data: z.array(projection), deadLetters: z.array(deadLetter) }), 'The projections'),
    ...shared.problems,
  },
});

const rebuild = route({
  permission: 'projections.rebuild',
  method: 'post',
  path: '/projections/{name}/rebuild',
  tags: ['projections'],
  summary: 'Rebuild a read model from zero, beside the live one; GET /projections shows its progress',
  request: { params: z.object({ name: z.string().max(60) }) },
  responses: {
    202: json(z.object({ name: z.string() }), 'It will begin'),
    ...shared.notFound,
    ...shared.problems,
  },
});

/** What a tenant is told of a projection in the place of what is the operator's: its own, or nothing. */
const forTenants = (state: ProjectionStatus['state'], parked: readonly DeadLetter[]) => ({
  state: state === 'behind' ? ('running' as const) : state,
  lagCommits: null,
  lagSeconds: null,
  error: null,
  instance: null,
  progress: null,
  deadLetters: parked.length,
});

export function projectionRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  app.openapi(list, async (context) => {
    const { tenant, permissions } = context.get('principal');
    // How far behind they are, and what a rebuild has to do, tells how much other tenants do.
    const operator = permissions.get('projections.read') === 'platform';
    const [all, parked] = await Promise.all([
      projectionStatus(ports.store),
      listDeadLetters(ports.store, tenant),
    ]);
    return context.json(
      {
        data: all.map(({ positions: _, reportedAt, ...one }) => ({
          ...one,
          ...(operator
            ? {}
            : forTenants(
                one.state,
                parked.filter(({ projection }) => projection === one.name),
              )),
          reportedAt: reportedAt.toISOString(),
        })),
        deadLetters: parked.map(({ subject: _, parkedAt, ...one }) => ({
          ...one,
          parkedAt: parkedAt.toISOString(),
        })),
      },
      200,
    );
  });
  app.openapi(rebuild, async (context) => {
    const { name } = context.req.valid('param');
    if (!(await projectionStatus(ports.store)).some((one) => one.name === name)) {
      throw new DaybookError('resource.not-found', `There is no projection ${JSON.stringify(name)}.`);
    }
    await requestRebuild(ports.store, name);
    return context.json({ name }, 202);
  });
  return app;
}

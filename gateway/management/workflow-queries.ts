import { z as zod } from 'zod';
import { diffOf } from '../../bounded-contexts/workflows/index.ts';
import { getWorkflowVersion, listWorkflowVersions, type WorkflowVersion } from '../../projections/queries.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { afterParam, page, workflowVersion } from '../../schemas/http/management.ts';
import { idString } from '../../schemas/primitives.ts';
import { requestOf } from '../shared/audited.ts';
import { boundApp, json, type ManagementApp, route, shared, z } from './app.ts';
import type { ManagementPorts } from './ports.ts';
import { pageBody, readerOf, textOf, waitAfter } from './read.ts';

const projections = ['workflow_versions'];
const number = z.coerce.number().int().min(1);

const list = route({
  permission: 'workflows.read',
  method: 'get',
  path: '/workflows/{id}/versions',
  tags: ['workflows'],
  summary: 'Versions of a workflow, newest first',
  request: {
    params: z.object({ id: idString }),
    query: z.object({
      limit: z.coerce.number().int().min(1).max(500).default(50),
      cursor: z.string().max(400).optional(),
      after: afterParam,
    }),
  },
  responses: { 200: json(page(workflowVersion), 'A page of versions'), ...shared.problems },
});

const get = route({
  permission: 'workflows.open',
  method: 'get',
  path: '/workflows/{id}/versions/{version}',
  tags: ['workflows'],
  summary: 'One version, with its definition',
  request: { params: z.object({ id: idString, version: number }), query: z.object({ after: afterParam }) },
  responses: {
    200: json(workflowVersion.extend({ definition: z.unknown() }), 'The version'),
    ...shared.notFound,
    ...shared.problems,
  },
});

const diff = route({
  permission: 'workflows.open',
  method: 'get',
  path: '/workflows/{id}/versions/{a}/diff/{b}',
  tags: ['workflows'],
  summary: 'What turns one version into another: JSON Patch, and a sentence a change',
  request: {
    params: z.object({ id: idString, a: number, b: number }),
    query: z.object({ after: afterParam }),
  },
  responses: {
    200: json(
      z.object({
        from: z.number(),
        to: z.number(),
        patch: z.array(z.unknown()),
        readable: z.array(z.string()),
      }),
      'The difference',
    ),
    ...shared.notFound,
    ...shared.problems,
  },
});

const definitionSchema = zod.record(zod.string(), zod.unknown());

export function workflowQueryRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  const reader = readerOf(ports);
  const show = ({ workflow, version, hash, note, publishedAt, actor }: WorkflowVersion) => ({
    workflow,
    version,
    hash,
    note,
    publishedAt: publishedAt.toISOString(),
    actor,
  });

  async function whole(tenant: string, workflow: string, version: number) {
    const found = await getWorkflowVersion(ports.store, tenant, workflow, version);
    if (!found) throw new DaybookError('resource.not-found', `The workflow has no version ${version}.`);
    const text = await textOf(reader, {
      tenant,
      subject: 'tenant',
      id: found.definition,
      field: 'definition',
    });
    if (typeof text !== 'string')
      throw new DaybookError(text === null ? 'read-store.behind' : 'vault.redacted');
    return { found, definition: definitionSchema.parse(JSON.parse(text)) };
  }

  app.openapi(list, async (context) => {
    const { after, ...query } = context.req.valid('query');
    await waitAfter(ports, after, projections);
    const versions = await listWorkflowVersions(
      ports.store,
      context.get('principal').tenant,
      context.req.valid('param').id,
      query,
    );
    return context.json(pageBody(versions, show), 200);
  });
  app.openapi(get, async (context) => {
    const { id, version } = context.req.valid('param');
    await waitAfter(ports, context.req.valid('query').after, projections);
    const { found, definition } = await whole(context.get('principal').tenant, id, version);
    await ports.audit.opened(requestOf(context), {
      kind: 'definition',
      target: `${id}:${version}`,
      contents: 1,
    });
    return context.json({ ...show(found), definition }, 200, { etag: `"${found.hash}"` });
  });
  app.openapi(diff, async (context) => {
    const { id, a, b } = context.req.valid('param');
    await waitAfter(ports, context.req.valid('query').after, projections);
    const { tenant } = context.get('principal');
    const [from, to] = await Promise.all([whole(tenant, id, a), whole(tenant, id, b)]);
    await ports.audit.opened(requestOf(context), { kind: 'definition', target: id, contents: 2 });
    const { patch, readable } = diffOf(from.definition, to.definition);
    return context.json({ from: a, to: b, patch: [...patch], readable: [...readable] }, 200);
  });
  return app;
}

import { createHash, randomBytes } from 'node:crypto';
import {
  changeTenant,
  type Done,
  issueKey,
  type TenantState,
} from '../../bounded-contexts/identity/index.ts';
import { getTenant, listTenants, type TenantRow } from '../../projections/queries.ts';
import { DaybookError } from '../../schemas/errors.ts';
import {
  afterQuery,
  conditionHeaders,
  creationHeaders,
  pageQuery,
  tenant,
  tenantBody,
  tenantId,
  tenantPatch,
} from '../../schemas/http/identity.ts';
import { page } from '../../schemas/http/management.ts';
import { body, boundApp, json, type ManagementApp, route, shared, z } from './app.ts';
import { askedBy, versionHeaders } from './conditional.ts';
import type { ManagementPorts } from './ports.ts';
import { pageBody, waitAfter } from './read.ts';

/** The same for the same Idempotency-Key of the same caller, so that a retry makes no second tenant. */
function newTenantId(caller: string, repeatable: string | undefined): string {
  const bytes =
    repeatable === undefined
      ? randomBytes(12)
      : createHash('sha256').update(`${caller}\0${repeatable}`).digest().subarray(0, 12);
  return `t_${bytes.toString('hex')}`;
}

const common = { permission: 'tenants.manage' as const, tags: ['tenants'] };
const params = z.object({ tenant: tenantId });
const issued = z.object({ key: z.string(), secret: z.string() });

const create = route({
  ...common,
  method: 'post',
  path: '/tenants',
  summary: 'Make a tenant; the secret of its first tenant-admin key is in this answer and nowhere else',
  request: { ...body(tenantBody), headers: creationHeaders },
  responses: {
    200: json(tenant, 'It was there already, as it is wanted'),
    201: json(tenant.extend({ adminKey: issued }), 'The tenant, and the key of its administrator'),
    ...shared.problems,
  },
});

const list = route({
  ...common,
  method: 'get',
  path: '/tenants',
  summary: 'All tenants, by id',
  request: { query: pageQuery },
  responses: { 200: json(page(tenant), 'A page of tenants'), ...shared.problems },
});

const get = route({
  ...common,
  method: 'get',
  path: '/tenants/{tenant}',
  summary: 'One tenant',
  request: { params, query: afterQuery },
  responses: { 200: json(tenant, 'The tenant'), ...shared.notFound, ...shared.problems },
});

const patch = route({
  ...common,
  method: 'patch',
  path: '/tenants/{tenant}',
  summary: 'Change a tenant; what is not named stays',
  request: { params, headers: conditionHeaders, ...body(tenantPatch) },
  responses: { 200: json(tenant, 'The tenant'), ...shared.notFound, ...shared.changed, ...shared.problems },
});

const turn = route({
  ...common,
  method: 'post',
  path: '/tenants/{tenant}/{action}',
  summary: 'Suspend a tenant, or resume it: its keys are refused meanwhile, in every gateway',
  request: {
    params: params.extend({ action: z.enum(['suspend', 'resume']) }),
    headers: conditionHeaders,
  },
  responses: { 200: json(tenant, 'The tenant'), ...shared.notFound, ...shared.changed, ...shared.problems },
});

const adminKey = route({
  ...common,
  method: 'post',
  path: '/tenants/{tenant}/admin-keys',
  summary: 'Issue another tenant-admin key of a tenant: the way back in for one that lost its own',
  request: { params },
  responses: { 201: json(issued, 'The key'), ...shared.notFound, ...shared.problems },
});

export function tenantRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  const shown = ({ createdAt: _, position, ...row }: TenantRow) =>
    tenant.parse({ ...row, position: ports.positions.encode(position) });
  const done = (id: string, { state, position }: Done<TenantState>) => {
    const { name, region, branding, policies, status } = state;
    return {
      tenant: id,
      ...{ name, region, branding, policies },
      status: status === 'suspended' ? status : ('active' as const),
      position: ports.positions.encode(position),
    };
  };
  const firstKey = (id: string, actor: string) =>
    issueKey(ports, { tenant: id, actor }, { name: 'tenant administrator', role: 'tenant-admin' });

  app.openapi(create, async (context) => {
    const principal = context.get('principal');
    const repeatable = context.req.valid('header')['idempotency-key'];
    const { tenant: id = newTenantId(principal.key, repeatable), name, region } = context.req.valid('json');
    const made = await changeTenant(ports, askedBy(ports, principal, context.req.valid('header')), {
      kind: 'create',
      tenant: id,
      name,
      ...(region === undefined ? {} : { region }),
    });
    const headers = versionHeaders(ports, made.position);
    if (!made.changed) return context.json(done(id, made), 200, headers);
    const { key, secret } = await firstKey(id, principal.key);
    return context.json({ ...done(id, made), adminKey: { key, secret } }, 201, headers);
  });

  app.openapi(list, async (context) => {
    const { after, ...query } = context.req.valid('query');
    await waitAfter(ports, after, ['tenants']);
    return context.json(pageBody(await listTenants(ports.store, query), shown), 200);
  });

  app.openapi(get, async (context) => {
    await waitAfter(ports, context.req.valid('query').after, ['tenants']);
    const found = await getTenant(ports.store, context.req.valid('param').tenant);
    if (!found) throw new DaybookError('resource.not-found', 'There is no such tenant.');
    return context.json(shown(found), 200, versionHeaders(ports, found.position));
  });

  app.openapi(patch, async (context) => {
    const { tenant: id } = context.req.valid('param');
    const asked = askedBy(ports, context.get('principal'), context.req.valid('header'));
    const changes = context.req.valid('json');
    const changed = await changeTenant(ports, asked, { kind: 'update', tenant: id, changes });
    return context.json(done(id, changed), 200, versionHeaders(ports, changed.position));
  });

  // Before the route of actions, which would take its name for one.
  app.openapi(adminKey, async (context) => {
    const { tenant: id } = context.req.valid('param');
    if (!(await getTenant(ports.store, id)))
      throw new DaybookError('resource.not-found', 'There is no such tenant.');
    const { key, secret } = await firstKey(id, context.get('principal').key);
    return context.json({ key, secret }, 201);
  });

  app.openapi(turn, async (context) => {
    const { tenant: id, action: kind } = context.req.valid('param');
    const asked = askedBy(ports, context.get('principal'), context.req.valid('header'));
    const changed = await changeTenant(ports, asked, { kind, tenant: id });
    return context.json(done(id, changed), 200, versionHeaders(ports, changed.position));
  });
  return app;
}

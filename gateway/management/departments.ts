import { changeDepartment, type DepartmentState, type Done } from '../../bounded-contexts/identity/index.ts';
import { type DepartmentRow, getDepartment, listDepartments } from '../../projections/queries.ts';
import { DaybookError } from '../../schemas/errors.ts';
import {
  afterQuery,
  conditionHeaders,
  creationHeaders,
  department,
  departmentBody,
  departmentPatch,
  pageQuery,
} from '../../schemas/http/identity.ts';
import { page, suppliedId } from '../../schemas/http/management.ts';
import { body, boundApp, json, type ManagementApp, route, shared, z } from './app.ts';
import { askedBy, versionHeaders } from './conditional.ts';
import { idsOf } from './ids.ts';
import type { ManagementPorts } from './ports.ts';
import { pageBody, waitAfter } from './read.ts';
import { within } from './within.ts';

const manage = { permission: 'departments.manage' as const, tags: ['departments'] };
const read = { permission: 'departments.read' as const, tags: ['departments'] };
const params = z.object({ department: suppliedId });
const changed = {
  200: json(department, 'The department'),
  ...shared.notFound,
  ...shared.changed,
  ...shared.problems,
};

const create = route({
  ...manage,
  method: 'post',
  path: '/departments',
  summary: 'Make a department; budgets and calls that named its slug before are its own',
  request: { ...body(departmentBody), headers: creationHeaders },
  responses: {
    200: json(department, 'It was there already, as it is wanted'),
    201: json(department, 'The department'),
    ...shared.problems,
  },
});

const list = route({
  ...read,
  method: 'get',
  path: '/departments',
  summary: 'Departments by slug',
  request: { query: pageQuery.extend({ status: z.enum(['active', 'archived']).optional() }) },
  responses: { 200: json(page(department), 'A page of departments'), ...shared.problems },
});

const get = route({
  ...read,
  method: 'get',
  path: '/departments/{department}',
  summary: 'One department, by its slug or its id',
  request: { params, query: afterQuery },
  responses: { 200: json(department, 'The department'), ...shared.notFound, ...shared.problems },
});

const patch = route({
  ...manage,
  method: 'patch',
  path: '/departments/{department}',
  summary: 'Change a department; what is not named stays',
  request: { params, headers: conditionHeaders, ...body(departmentPatch) },
  responses: changed,
});

const turn = route({
  ...manage,
  method: 'post',
  path: '/departments/{department}/{action}',
  summary: 'Archive a department, so that no call is attributed to it any more, or restore it',
  request: {
    params: params.extend({ action: z.enum(['archive', 'restore']) }),
    headers: conditionHeaders,
  },
  responses: changed,
});

export function departmentRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  const ids = idsOf(ports.vault);
  const shown = ({ createdAt: _, position, ...row }: DepartmentRow) =>
    department.parse({ ...row, position: ports.positions.encode(position) });
  const done = (id: string, { state, position }: Done<DepartmentState>) => ({
    ...state,
    department: id,
    status: state.status === 'archived' ? state.status : ('active' as const),
    position: ports.positions.encode(position),
  });

  app.openapi(create, async (context) => {
    const principal = context.get('principal');
    const { slug, name = slug.slice(0, 120), ...fields } = context.req.valid('json');
    const id = await ports.vault.opaqueId(principal.tenant, 'department', slug);
    const asked = askedBy(ports, principal, context.req.valid('header'));
    const command = { kind: 'create', department: id, slug, name, ...fields } as const;
    const made = await changeDepartment(ports, asked, command);
    const headers = versionHeaders(ports, made.position);
    return made.changed
      ? context.json(done(id, made), 201, headers)
      : context.json(done(id, made), 200, headers);
  });

  app.openapi(list, async (context) => {
    const principal = context.get('principal');
    const { after, ...query } = context.req.valid('query');
    await waitAfter(ports, after, ['departments']);
    const { departments } = within(principal, 'departments.read');
    const found = await listDepartments(ports.store, principal.tenant, { ...query, departments });
    return context.json(pageBody(found, shown), 200);
  });

  app.openapi(get, async (context) => {
    const principal = context.get('principal');
    await waitAfter(ports, context.req.valid('query').after, ['departments']);
    const id = await ids.find(principal.tenant, 'department', context.req.valid('param').department);
    const found = await getDepartment(ports.store, principal.tenant, id);
    const { departments } = within(principal, 'departments.read');
    if (!found || (departments && !departments.includes(id)))
      throw new DaybookError('resource.not-found', 'There is no such department.');
    return context.json(shown(found), 200, versionHeaders(ports, found.position));
  });

  app.openapi(patch, async (context) => {
    const principal = context.get('principal');
    const id = await ids.find(principal.tenant, 'department', context.req.valid('param').department);
    const asked = askedBy(ports, principal, context.req.valid('header'));
    const changes = context.req.valid('json');
    const made = await changeDepartment(ports, asked, { kind: 'update', department: id, changes });
    return context.json(done(id, made), 200, versionHeaders(ports, made.position));
  });

  app.openapi(turn, async (context) => {
    const principal = context.get('principal');
    const { department: name, action: kind } = context.req.valid('param');
    const id = await ids.find(principal.tenant, 'department', name);
    const asked = askedBy(ports, principal, context.req.valid('header'));
    const made = await changeDepartment(ports, asked, { kind, department: id });
    return context.json(done(id, made), 200, versionHeaders(ports, made.position));
  });
  return app;
}

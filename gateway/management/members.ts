import { changeMembership, objectionToGrant } from '../../bounded-contexts/identity/index.ts';
import type { Position } from '../../bounded-contexts/kernel/index.ts';
import { listMemberships } from '../../projections/queries.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { conditionHeaders, member, memberBody, pageQuery } from '../../schemas/http/identity.ts';
import { accepted, page, suppliedId } from '../../schemas/http/management.ts';
import { memberRole } from '../../schemas/roles.ts';
import { body, boundApp, json, type ManagementApp, route, shared, z } from './app.ts';
import { askedBy, versionHeaders } from './conditional.ts';
import { idsOf } from './ids.ts';
import type { ManagementPorts } from './ports.ts';
import { waitAfter } from './read.ts';
import { within } from './within.ts';

const params = z.object({
  user: suppliedId,
  department: suppliedId.openapi({ description: '`-` is the whole tenant.' }),
});

const list = route({
  permission: 'members.read',
  method: 'get',
  path: '/members',
  tags: ['members'],
  summary: 'Who has which role, and where',
  request: {
    query: pageQuery.extend({
      user: suppliedId.optional(),
      department: suppliedId.optional(),
      role: memberRole.optional(),
    }),
  },
  responses: { 200: json(page(member), 'A page of memberships'), ...shared.problems },
});

const grant = route({
  permission: 'members.manage',
  method: 'put',
  path: '/members/{user}/{department}',
  tags: ['members'],
  summary: 'Give a person a role in a department; the one that they had there is replaced',
  request: { params, headers: conditionHeaders, ...body(memberBody) },
  responses: { 200: json(member, 'It is so'), ...shared.notFound, ...shared.changed, ...shared.problems },
});

const revoke = route({
  permission: 'members.manage',
  method: 'delete',
  path: '/members/{user}/{department}',
  tags: ['members'],
  summary: 'Take the role that a person has in a department',
  request: { params, headers: conditionHeaders },
  responses: {
    200: json(accepted, 'It is taken'),
    ...shared.notFound,
    ...shared.changed,
    ...shared.problems,
  },
});

export function memberRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  const ids = idsOf(ports.vault);
  const placeOf = async (tenant: string, { user, department }: z.infer<typeof params>) => ({
    user: await ids.find(tenant, 'user', user),
    department: department === '-' ? null : await ids.find(tenant, 'department', department),
  });
  const bodyOf = (row: z.infer<typeof params> & { role: string; position: Position }) =>
    member.parse({ ...row, position: ports.positions.encode(row.position) });

  app.openapi(list, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const { after, user, department, ...query } = context.req.valid('query');
    await waitAfter(ports, after, ['memberships']);
    const { items, next } = await listMemberships(ports.store, tenant, {
      ...query,
      user: user === undefined ? undefined : await ids.find(tenant, 'user', user),
      department:
        department === undefined || department === '-'
          ? department
          : await ids.find(tenant, 'department', department),
      departments: within(principal, 'members.read').departments,
    });
    const shown = await ids.shown(
      tenant,
      items.flatMap((one) => [one.user, one.department]),
    );
    const data = items.map(({ user: id, department: of, role, position }) =>
      bodyOf({ user: shown(id), department: shown(of), role, position }),
    );
    return context.json({ data, nextCursor: next }, 200);
  });

  app.openapi(grant, async (context) => {
    const principal = context.get('principal');
    const names = context.req.valid('param');
    const { role } = context.req.valid('json');
    const place = await placeOf(principal.tenant, names);
    // Whoever may not take the role that is there may not replace it either.
    refuse(objectionToGrant(principal, { ...place, role }));
    refuse(objectionToPresent(ports, principal, place));
    const asked = askedBy(ports, principal, context.req.valid('header'));
    const { position } = await changeMembership(ports, asked, { kind: 'grant', ...place, role });
    return context.json(bodyOf({ ...names, role, position }), 200, versionHeaders(ports, position));
  });

  app.openapi(revoke, async (context) => {
    const principal = context.get('principal');
    const place = await placeOf(principal.tenant, context.req.valid('param'));
    refuse(objectionToGrant(principal, { ...place, role: 'member' }));
    refuse(objectionToPresent(ports, principal, place));
    const asked = askedBy(ports, principal, context.req.valid('header'));
    const { position } = await changeMembership(ports, asked, { kind: 'revoke', ...place });
    return context.json({ position: ports.positions.encode(position) }, 200, versionHeaders(ports, position));
  });
  return app;
}

function objectionToPresent(
  { directory }: Pick<ManagementPorts, 'directory'>,
  principal: Parameters<typeof objectionToGrant>[0],
  { user, department }: { user: string; department: string | null },
): string | undefined {
  const { grants } = directory.person(principal.tenant, user);
  const present = grants.find((one) => one.department === department);
  return present && objectionToGrant(principal, present);
}

function refuse(objection: string | undefined): void {
  if (objection !== undefined) throw new DaybookError('auth.forbidden', objection);
}

import {
  issueKey,
  objectionToKey,
  objectionToRevocation,
  presentKey,
  revokeKey,
  rotateKey,
} from '../../bounded-contexts/identity/index.ts';
import { getKey, type KeyRow, listKeys } from '../../projections/queries.ts';
import { DaybookError } from '../../schemas/errors.ts';
import {
  afterQuery,
  conditionHeaders,
  key,
  keyBody,
  pageQuery,
  rotateBody,
} from '../../schemas/http/identity.ts';
import { accepted, page, suppliedId } from '../../schemas/http/management.ts';
import { body, boundApp, json, type ManagementApp, positionHeader, route, shared, z } from './app.ts';
import { askedBy, versionHeaders } from './conditional.ts';
import { idsOf } from './ids.ts';
import type { ManagementPorts } from './ports.ts';
import { waitAfter } from './read.ts';
import { within } from './within.ts';

const manage = { permission: 'keys.manage' as const, tags: ['keys'] };
const read = { permission: 'keys.read' as const, tags: ['keys'] };
const params = z.object({ key: z.string().regex(/^k_[A-Za-z0-9]{1,64}$/) });
const secretBody = accepted.extend({ key: z.string(), secret: z.string() });

const issue = route({
  ...manage,
  method: 'post',
  path: '/keys',
  summary: 'Issue a key; its secret is in this answer and nowhere else',
  request: body(keyBody),
  responses: { 201: json(secretBody, 'The key'), ...shared.notFound, ...shared.problems },
});

const rotate = route({
  ...manage,
  method: 'post',
  path: '/keys/{key}/rotate',
  summary: 'Give a key a new secret; the one before it stays in force for a while',
  request: { params, headers: conditionHeaders, ...body(rotateBody) },
  responses: {
    200: json(secretBody.extend({ previousUntil: z.iso.datetime() }), 'The new secret'),
    ...shared.notFound,
    ...shared.changed,
    ...shared.problems,
  },
});

const revoke = route({
  ...manage,
  method: 'delete',
  path: '/keys/{key}',
  summary: 'Revoke a key, at once',
  request: { params, headers: conditionHeaders },
  responses: {
    200: json(accepted, 'It is revoked'),
    ...shared.notFound,
    ...shared.changed,
    ...shared.problems,
  },
});

const list = route({
  ...read,
  method: 'get',
  path: '/keys',
  summary: 'Keys, newest first; never the keys themselves',
  request: {
    query: pageQuery.extend({ department: suppliedId.optional(), user: suppliedId.optional() }),
  },
  responses: { 200: json(page(key), 'The keys'), ...shared.problems },
});

const get = route({
  ...read,
  method: 'get',
  path: '/keys/{key}',
  summary: 'One key, without its secret',
  request: { params, query: afterQuery },
  responses: { 200: json(key, 'The key'), ...shared.notFound, ...shared.problems },
});

const noKey = () => new DaybookError('resource.not-found', 'There is no such key.');

export function keyRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  const ids = idsOf(ports.vault);
  const found = (tenant: string, kind: 'user' | 'department', raw: string | undefined) =>
    raw === undefined ? undefined : ids.find(tenant, kind, raw);

  async function bodies(tenant: string, rows: readonly KeyRow[]): Promise<z.infer<typeof key>[]> {
    const shown = await ids.shown(
      tenant,
      rows.flatMap((one) => [one.department ?? [], one.user ?? []].flat()),
    );
    const iso = (at: Date | null) => at?.toISOString() ?? null;
    return rows.map(({ position, issuedAt, department, user, ...row }) =>
      key.parse({
        ...row,
        department: department === null ? null : shown(department),
        user: user === null ? null : shown(user),
        issuedAt: issuedAt.toISOString(),
        expiresAt: iso(row.expiresAt),
        rotatedAt: iso(row.rotatedAt),
        previousUntil: iso(row.previousUntil),
        revokedAt: iso(row.revokedAt),
        lastUsedAt: iso(row.lastUsedAt),
        position: ports.positions.encode(position),
      }),
    );
  }

  app.openapi(issue, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const { department, user, ...rest } = context.req.valid('json');
    const wanted = {
      ...rest,
      department: (await found(tenant, 'department', department)) ?? null,
      user: (await found(tenant, 'user', user)) ?? null,
      expiresAt: rest.expiresAt ?? null,
    };
    const objection = objectionToKey(principal, wanted);
    if (objection !== undefined) throw new DaybookError('auth.forbidden', objection);
    const { key: id, secret, position } = await issueKey(ports, askedBy(ports, principal), wanted);
    return context.json(
      { key: id, secret, position: ports.positions.encode(position) },
      201,
      positionHeader(ports, position),
    );
  });

  app.openapi(list, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const { after, department, user, ...query } = context.req.valid('query');
    await waitAfter(ports, after, ['keys']);
    const { items, next } = await listKeys(ports.store, tenant, {
      ...query,
      department: await found(tenant, 'department', department),
      user: await found(tenant, 'user', user),
      departments: within(principal, 'keys.read').departments,
    });
    return context.json({ data: await bodies(tenant, items), nextCursor: next }, 200);
  });

  app.openapi(get, async (context) => {
    const principal = context.get('principal');
    await waitAfter(ports, context.req.valid('query').after, ['keys']);
    const one = await getKey(ports.store, principal.tenant, context.req.valid('param').key);
    const { departments } = within(principal, 'keys.read');
    if (!one || (departments && !departments.includes(one.department ?? ''))) throw noKey();
    const [shown] = await bodies(principal.tenant, [one]);
    if (!shown) throw noKey();
    return context.json(shown, 200, versionHeaders(ports, one.position));
  });

  app.openapi(rotate, async (context) => {
    const principal = context.get('principal');
    const { key: id } = context.req.valid('param');
    // Whoever gets a secret gets all that its key may.
    const objection = objectionToKey(principal, await presentKey(ports, principal.tenant, id));
    if (objection !== undefined) throw new DaybookError('auth.forbidden', objection);
    const { overlapSeconds } = context.req.valid('json');
    const asked = askedBy(ports, principal, context.req.valid('header'));
    const { position, ...rotated } = await rotateKey(ports, asked, {
      key: id,
      overlapMs: overlapSeconds * 1000,
    });
    const answer = { ...rotated, position: ports.positions.encode(position) };
    return context.json(answer, 200, versionHeaders(ports, position));
  });

  app.openapi(revoke, async (context) => {
    const principal = context.get('principal');
    const { key: id } = context.req.valid('param');
    const objection = objectionToRevocation(principal, await presentKey(ports, principal.tenant, id));
    if (objection !== undefined) throw new DaybookError('auth.forbidden', objection);
    const asked = askedBy(ports, principal, context.req.valid('header'));
    const { position } = await revokeKey(ports, asked, id);
    return context.json({ position: ports.positions.encode(position) }, 200, versionHeaders(ports, position));
  });
  return app;
}

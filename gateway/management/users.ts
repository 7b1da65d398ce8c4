import { changeUser, type Done, type UserState } from '../../bounded-contexts/identity/index.ts';
import { sealContent, uuidv7 } from '../../bounded-contexts/kernel/index.ts';
import { getUser, listUsers } from '../../projections/queries.ts';
import { DaybookError } from '../../schemas/errors.ts';
import {
  afterQuery,
  conditionHeaders,
  creationHeaders,
  pageQuery,
  profile,
  profileBody,
  user,
  userBody,
} from '../../schemas/http/identity.ts';
import { page, suppliedId } from '../../schemas/http/management.ts';
import { requestOf } from '../shared/audited.ts';
import { body, boundApp, json, type ManagementApp, route, shared, z } from './app.ts';
import { askedBy, versionHeaders } from './conditional.ts';
import { idsOf } from './ids.ts';
import type { ManagementPorts } from './ports.ts';
import { readerOf, textOf, waitAfter } from './read.ts';
import { isWithin, within } from './within.ts';

const manage = { permission: 'users.manage' as const, tags: ['users'] };
const read = { permission: 'users.read' as const, tags: ['users'] };
const params = z.object({ user: suppliedId });
const changed = {
  200: json(user, 'The person'),
  ...shared.notFound,
  ...shared.changed,
  ...shared.problems,
};

const register = route({
  ...manage,
  method: 'post',
  path: '/users',
  summary: 'Register a person; what is personal is sealed under a key of their own',
  request: { ...body(userBody), headers: creationHeaders },
  responses: {
    200: json(user, 'They were registered already; nothing was changed'),
    201: json(user, 'The person'),
    ...shared.problems,
  },
});

const list = route({
  ...read,
  method: 'get',
  path: '/users',
  summary: 'People who are registered',
  request: { query: pageQuery.extend({ status: z.enum(['active', 'disabled']).optional() }) },
  responses: { 200: json(page(user), 'A page of people'), ...shared.problems },
});

const get = route({
  ...read,
  method: 'get',
  path: '/users/{user}',
  summary: 'One person, with their profile for those who may read contents',
  request: { params, query: afterQuery },
  responses: { 200: json(user.extend({ profile }), 'The person'), ...shared.notFound, ...shared.problems },
});

const put = route({
  ...manage,
  method: 'put',
  path: '/users/{user}/profile',
  summary: 'Replace a person’s profile',
  request: { params, headers: conditionHeaders, ...body(profileBody) },
  responses: changed,
});

const turn = route({
  ...manage,
  method: 'post',
  path: '/users/{user}/{action}',
  summary: 'Disable a person, whose keys are refused meanwhile, or enable them',
  request: {
    params: params.extend({ action: z.enum(['disable', 'enable']) }),
    headers: conditionHeaders,
  },
  responses: changed,
});

export function userRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  const ids = idsOf(ports.vault);
  const reader = readerOf(ports);
  const done = async (tenant: string, id: string, { state, position }: Done<UserState>) => ({
    user: id,
    id: (await ids.shown(tenant, [id]))(id),
    status: state.status === 'disabled' ? state.status : ('active' as const),
    position: ports.positions.encode(position),
  });

  /** Seals a profile and resolves to the id of its content; the content is there before an event names it. */
  async function sealed(
    tenant: string,
    subject: string,
    fields: z.infer<typeof profileBody>,
  ): Promise<string> {
    const id = uuidv7(ports.clock());
    const plain = Buffer.from(JSON.stringify(fields));
    await ports.contents.put(
      tenant,
      await sealContent(ports.vault, { tenant, subject, id, field: 'profile' }, plain),
    );
    return id;
  }

  async function profileOf(tenant: string, subject: string, id: string) {
    const text = await textOf(reader, { tenant, subject, id, field: 'profile' });
    return typeof text === 'string' ? profileBody.parse(JSON.parse(text)) : text;
  }

  app.openapi(register, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const { id: raw, ...fields } = context.req.valid('json');
    const id = await ports.vault.opaqueId(tenant, 'user', raw);
    const asked = askedBy(ports, principal, context.req.valid('header'));
    const known = ports.directory.person(tenant, id).status !== 'none';
    const content =
      known || Object.keys(fields).length === 0 ? {} : { profile: await sealed(tenant, id, fields) };
    const made = await changeUser(ports, asked, { kind: 'register', user: id, ...content });
    const headers = versionHeaders(ports, made.position);
    const shown = await done(tenant, id, made);
    return made.changed ? context.json(shown, 201, headers) : context.json(shown, 200, headers);
  });

  app.openapi(list, async (context) => {
    const { tenant } = context.get('principal');
    const { after, ...query } = context.req.valid('query');
    await waitAfter(ports, after, ['users']);
    const { items, next } = await listUsers(ports.store, tenant, query);
    const shown = await ids.shown(
      tenant,
      items.map((one) => one.user),
    );
    const data = items.map(({ user: id, status, position }) =>
      user.parse({ user: id, id: shown(id), status, position: ports.positions.encode(position) }),
    );
    return context.json({ data, nextCursor: next }, 200);
  });

  app.openapi(get, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    await waitAfter(ports, context.req.valid('query').after, ['users']);
    const id = await ids.find(tenant, 'user', context.req.valid('param').user);
    const found = await getUser(ports.store, tenant, id);
    if (!found) throw new DaybookError('resource.not-found', 'There is no such user.');
    const readable = isWithin(within(principal, 'contents.read'), { user: id, department: null });
    const shown = user.parse({
      user: id,
      id: (await ids.shown(tenant, [id]))(id),
      status: found.status,
      position: ports.positions.encode(found.position),
    });
    const personal = readable && found.profile !== null ? await profileOf(tenant, id, found.profile) : null;
    if (personal !== null && !('redacted' in personal))
      await ports.audit.opened(requestOf(context), { kind: 'profile', target: id, contents: 1 });
    return context.json({ ...shown, profile: personal }, 200, versionHeaders(ports, found.position));
  });

  app.openapi(put, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const id = await ids.find(tenant, 'user', context.req.valid('param').user);
    const asked = askedBy(ports, principal, context.req.valid('header'));
    const content = await sealed(tenant, id, context.req.valid('json'));
    const made = await changeUser(ports, asked, { kind: 'update', user: id, profile: content });
    return context.json(await done(tenant, id, made), 200, versionHeaders(ports, made.position));
  });

  app.openapi(turn, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const { user: name, action: kind } = context.req.valid('param');
    const id = await ids.find(tenant, 'user', name);
    const asked = askedBy(ports, principal, context.req.valid('header'));
    const made = await changeUser(ports, asked, { kind, user: id });
    return context.json(await done(tenant, id, made), 200, versionHeaders(ports, made.position));
  });
  return app;
}

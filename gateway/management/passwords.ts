import { changeUser } from '../../bounded-contexts/identity/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { accepted, suppliedId } from '../../schemas/http/management.ts';
import { body, boundApp, json, type ManagementApp, positionHeader, route, shared, z } from './app.ts';
import { askedBy } from './conditional.ts';
import { idsOf } from './ids.ts';
import type { ManagementPorts } from './ports.ts';

/** Long rather than odd: no rule of what must be in it. */
const password = z.string().min(12, 'at least 12 characters').max(1_024);

const set = route({
  permission: 'users.manage',
  method: 'put',
  path: '/users/{user}/password',
  tags: ['users'],
  summary: 'Give a person a password, by which they sign in here; the one before ends',
  request: {
    params: z.object({ user: suppliedId }),
    ...body(z.strictObject({ password }).openapi('PasswordBody')),
  },
  responses: { 200: json(accepted, 'It is in force'), ...shared.notFound, ...shared.problems },
});

const remove = route({
  permission: 'users.manage',
  method: 'delete',
  path: '/users/{user}/password',
  tags: ['users'],
  summary: 'Take a person’s password away: they sign in here no more',
  request: { params: z.object({ user: suppliedId }) },
  responses: { 200: json(accepted, 'It is gone'), ...shared.notFound, ...shared.problems },
});

const change = route({
  permission: 'me.password',
  method: 'put',
  path: '/me/password',
  tags: ['me'],
  summary: 'Change the password by which you sign in',
  request: body(
    z.strictObject({ current: z.string().min(1).max(1_024), password }).openapi('OwnPasswordBody'),
  ),
  responses: { 200: json(accepted, 'It is in force'), ...shared.problems },
});

export function passwordRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  const ids = idsOf(ports.vault);

  app.openapi(set, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const user = await ids.find(tenant, 'user', context.req.valid('param').user);
    // Said first: whoever is not registered gets no password.
    const { position } = await changeUser(ports, askedBy(ports, principal, {}), {
      kind: 'set-password',
      user,
    });
    await ports.passwords.set(tenant, user, context.req.valid('json').password);
    return context.json({ position: ports.positions.encode(position) }, 200, positionHeader(ports, position));
  });

  app.openapi(remove, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const user = await ids.find(tenant, 'user', context.req.valid('param').user);
    await ports.passwords.remove(tenant, user);
    const { position } = await changeUser(ports, askedBy(ports, principal, {}), {
      kind: 'remove-password',
      user,
    });
    return context.json({ position: ports.positions.encode(position) }, 200, positionHeader(ports, position));
  });

  app.openapi(change, async (context) => {
    const principal = context.get('principal');
    const { tenant, user } = principal;
    const { current, password: next } = context.req.valid('json');
    if (user === undefined || !(await ports.passwords.check(tenant, user, current)))
      throw new DaybookError('auth.wrong-password', 'The present password is not this one.');
    await ports.passwords.set(tenant, user, next);
    const { position } = await changeUser(ports, askedBy(ports, principal, {}), {
      kind: 'set-password',
      user,
    });
    return context.json({ position: ports.positions.encode(position) }, 200, positionHeader(ports, position));
  });
  return app;
}

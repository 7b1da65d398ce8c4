import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { describe, expect, test } from 'vitest';
import { principalFrom } from '../../bounded-contexts/identity/index.ts';
import type { Role } from '../../schemas/roles.ts';
import { guard, json, type ManagementApp, permittedOf, route, z } from './app.ts';
import type { Bound } from './ports.ts';
import { problemResponse } from './problem.ts';

const answer = { 200: json(z.object({ ok: z.boolean() }), 'It is well') };
const read = route({
  permission: 'events.read',
  method: 'get',
  path: '/api/v1/things/{id}',
  responses: answer,
});

/** An app with one route that names its permission, one that is not described, and a guard before both. */
function guarded(role: Role): ManagementApp {
  const app = new OpenAPIHono<Bound>();
  const principal = principalFrom({ tenant: 't', key: 'k_1', role });
  const ports = {
    authenticate: () => principal,
    directory: { signedIn: () => 'auth.signed-out' as const },
    corsOrigins: [],
    bodyBytes: 1_000,
    bodyDepth: 8,
  };
  const permitted = new Map();
  app.use('/api/v1/*', guard(ports, permitted, new Set()));
  app.openapi(read, (context) => context.json({ ok: true }, 200));
  app.post('/api/v1/forgotten', (context) => context.json({ ok: true }));
  app.onError((error, context) => problemResponse(error, context, () => {}));
  for (const [name, permission] of permittedOf(app)) permitted.set(name, permission);
  return app;
}

const ask = async (role: Role, method: string, path: string, body?: string) => {
  const headers = { authorization: 'Bearer any-key-at-all' };
  const response = await guarded(role).request(path, { method, headers, ...(body ? { body } : {}) });
  return response.status;
};

describe('the guard', () => {
  test('lets in who has the permission of the route, whatever is in its path', async () => {
    expect(await ask('auditor', 'GET', '/api/v1/things/1')).toBe(200);
    expect(await ask('auditor', 'HEAD', '/api/v1/things/1')).toBe(200);
    expect(await ask('member', 'GET', '/api/v1/things/1')).toBe(403);
    expect(await ask('member', 'HEAD', '/api/v1/things/1')).toBe(403);
  });

  test('lets nobody to a route that names none, and says so before it reads a body', async () => {
    expect(await ask('platform-admin', 'POST', '/api/v1/forgotten', '{broken')).toBe(403);
    expect(await ask('member', 'GET', '/api/v1/nothing')).toBe(404);
  });
});

test('a described route without a permission is refused at start', () => {
  const app = new OpenAPIHono<Bound>();
  const open = createRoute({ method: 'get', path: '/api/v1/open', responses: answer });
  app.openapi(open, (context) => context.json({ ok: true }, 200));
  expect(() => permittedOf(app)).toThrow('get /api/v1/open names no permission');
});

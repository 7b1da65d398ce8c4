import { me } from '../../schemas/http/identity.ts';
import { boundApp, json, type ManagementApp, route, shared } from './app.ts';
import { idsOf } from './ids.ts';
import type { ManagementPorts } from './ports.ts';

const get = route({
  permission: 'me.read',
  method: 'get',
  path: '/me',
  tags: ['me'],
  summary: 'Who this key is, what it may, and within which limits',
  responses: { 200: json(me, 'You'), ...shared.problems },
});

export function meRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  const ids = idsOf(ports.vault);
  app.openapi(get, async (context) => {
    const principal = context.get('principal');
    const { tenant, user, department, departments, expiresAt } = principal;
    const state = ports.directory.tenant(tenant);
    const shown = await ids.shown(tenant, [...departments, ...(user === undefined ? [] : [user])]);
    return context.json(
      {
        tenant: {
          tenant,
          name: state?.name ?? tenant,
          branding: state?.branding ?? {},
          policies: state?.policies ?? {},
        },
        key: principal.key,
        source: principal.source,
        role: principal.role,
        user: user === undefined ? null : shown(user),
        department: department === undefined ? null : shown(department),
        departments: departments.map(shown),
        permissions: Object.fromEntries(principal.permissions),
        limits: {
          models: [...principal.models],
          tiers: [...principal.tiers],
          private: principal.private !== undefined,
          expiresAt: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
        },
      },
      200,
    );
  });
  return app;
}

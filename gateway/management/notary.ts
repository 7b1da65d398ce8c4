import { notaryView } from '../../schemas/http/management.ts';
import { boundApp, json, type ManagementApp, route, shared } from './app.ts';
import type { ManagementPorts } from './ports.ts';

const show = route({
  permission: 'notary.read',
  method: 'get',
  path: '/audit/notary',
  tags: ['governance'],
  summary:
    'The public keys that sign checkpoints of the log, and the last checkpoint: note its hash elsewhere',
  responses: { 200: json(notaryView, 'The notary'), ...shared.problems },
});

export function notaryRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  app.openapi(show, async (context) => {
    const [keys, last] = await Promise.all([ports.notary.keys(), ports.notary.last()]);
    return context.json({ keys: [...keys], last }, 200);
  });
  return app;
}

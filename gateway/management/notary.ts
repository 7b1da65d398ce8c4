import { notaryView } from '../../schemas/http/management.ts';
import { boundApp, createRoute, json, type ManagementApp, shared } from './app.ts';
import type { ManagementPorts } from './ports.ts';

const show = createRoute({
  method: 'get',
  path: '/audit/notary',
  tags: ['governance'],
  summary:
    'The public keys that sign checkpoints of the log, and the last checkpoint: note its hash elsewhere',
  security: shared.security,
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

import { fitConfidence, heldOutReliability } from '../../bounded-contexts/knowledge/index.ts';
import { answerOutcomes } from '../../projections/queries.ts';
import { afterQuery } from '../../schemas/http/identity.ts';
import { confidenceView } from '../../schemas/http/knowledge.ts';
import { boundApp, json, type ManagementApp, route, shared } from '../management/app.ts';
import type { ManagementPorts } from '../management/ports.ts';
import { waitAfter } from '../management/read.ts';
import { featuresFrom } from './service.ts';

const get = route({
  permission: 'audit.read',
  method: 'get',
  path: '/knowledge/confidence',
  tags: ['knowledge'],
  summary: 'How far the confidence of answers can be believed: what it said beside what became of them',
  request: { query: afterQuery },
  responses: { 200: json(confidenceView, 'The model in force and its reliability'), ...shared.problems },
});

export function confidenceRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  app.openapi(get, async (context) => {
    const { tenant } = context.get('principal');
    await waitAfter(ports, context.req.valid('query').after, ['answers', 'reviews']);
    const recorded = await answerOutcomes(ports.store, tenant);
    const outcomes = recorded.map(({ features, right }) => ({ features: featuresFrom(features), right }));
    const { version, kind } = fitConfidence(outcomes);
    const { bins, ...figures } = heldOutReliability(outcomes);
    return context.json({ version, kind, ...figures, bins: bins.map((bin) => ({ ...bin })) }, 200);
  });
  return app;
}

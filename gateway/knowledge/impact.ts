import { loadDocument } from '../../bounded-contexts/knowledge/index.ts';
import { answersCiting, reviewsOf } from '../../projections/queries.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { afterQuery } from '../../schemas/http/identity.ts';
import { documentId, impactView } from '../../schemas/http/knowledge.ts';
import { suppliedId } from '../../schemas/http/management.ts';
import { boundApp, json, type ManagementApp, route, shared, z } from '../management/app.ts';
import type { ManagementPorts } from '../management/ports.ts';
import { waitAfter } from '../management/read.ts';
import { departmentIn } from './department.ts';

const impact = route({
  permission: 'knowledge.write',
  method: 'get',
  path: '/knowledge/{department}/documents/{document}/impact',
  tags: ['knowledge'],
  summary: 'Which answers, review tasks and cached answers stand on a document: whom its correction concerns',
  request: {
    params: z.object({ department: suppliedId, document: documentId }),
    query: afterQuery.extend({ revision: z.coerce.number().int().min(1).optional() }),
  },
  responses: { 200: json(impactView, 'What cites it'), ...shared.notFound, ...shared.problems },
});

export function impactRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  app.openapi(impact, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const { department: named, document } = context.req.valid('param');
    const { after, revision } = context.req.valid('query');
    const department = await departmentIn(ports, principal, 'knowledge.write', named);
    // Also of one that was deleted: its answers are still there.
    const { present } = await loadDocument(ports, tenant, document);
    if (present?.department !== department.id)
      throw new DaybookError('resource.not-found', 'There is no such document.');
    await waitAfter(ports, after, ['answers', 'reviews']);
    const answers = await answersCiting(ports.store, tenant, document, revision);
    const tasks = await reviewsOf(
      ports.store,
      tenant,
      answers.map(({ query }) => query),
    );
    return context.json(
      {
        document,
        answers: answers.map(({ query, at, revision: cited, outcome, review }) => ({
          query,
          at: at.toISOString(),
          revision: cited,
          outcome,
          review,
        })),
        tasks: tasks.map(({ review, status }) => ({ review, status })),
        cached: ports.knowledge.cache.citing(tenant, document).length,
      },
      200,
    );
  });
  return app;
}

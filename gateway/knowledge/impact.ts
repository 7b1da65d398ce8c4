import type { Position } from '../../bounded-contexts/kernel/index.ts';
import { loadDocument, type RevisionState } from '../../bounded-contexts/knowledge/index.ts';
import { answersCiting, answersOutdated, reviewsOf } from '../../projections/queries.ts';
import { DaybookError, isDaybookError } from '../../schemas/errors.ts';
import { afterQuery } from '../../schemas/http/identity.ts';
import { askAgainBody, askedAgainView, documentId, impactView } from '../../schemas/http/knowledge.ts';
import { suppliedId } from '../../schemas/http/management.ts';
import {
  body,
  boundApp,
  json,
  type ManagementApp,
  positionHeader,
  route,
  shared,
  z,
} from '../management/app.ts';
import type { ManagementPorts } from '../management/ports.ts';
import { readerOf, waitAfter, waitForContents } from '../management/read.ts';
import { askAgain, type Outdated, outdatedOf } from './ask-again.ts';
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

const again = route({
  permission: 'knowledge.write',
  method: 'post',
  path: '/knowledge/{department}/documents/{document}/impact/ask-again',
  tags: ['knowledge'],
  summary: 'Ask again, for those who asked, what was answered from a revision that is found no more',
  request: {
    params: z.object({ department: suppliedId, document: documentId }),
    query: afterQuery,
    ...body(askAgainBody),
  },
  responses: { 200: json(askedAgainView, 'What each came to'), ...shared.notFound, ...shared.problems },
});

/** For how long a revision that was just indexed is waited for. */
const indexMs = 5_000;

export function impactRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  const reader = readerOf(ports);

  /** Resolves once the index has what the log says of a document: else it would be answered from the old one again. */
  async function whenFound(tenant: string, document: string, live: RevisionState | undefined): Promise<void> {
    const { now, embedder } = ports.knowledge;
    const deadline = performance.now() + indexMs;
    for (;;) {
      const stamp = await now.index.stampOf(tenant, live?.indexed?.model ?? embedder.model, document);
      if (stamp === live?.indexed?.index) return;
      if (performance.now() > deadline)
        throw new DaybookError('read-store.unavailable', 'The index does not have that revision yet.', {
          retryAfterMs: 1_000,
        });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

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

  app.openapi(again, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const { department: named, document } = context.req.valid('param');
    const { after } = context.req.valid('query');
    const { limit } = context.req.valid('json');
    const department = await departmentIn(ports, principal, 'knowledge.write', named);
    const { present, live } = await loadDocument(ports, tenant, document);
    if (present?.department !== department.id)
      throw new DaybookError('resource.not-found', 'There is no such document.');
    if (after !== undefined) await ports.knowledge.waitFor(ports.positions.decode(after));
    await waitAfter(ports, after, ['answers']);
    await whenFound(tenant, document, live);
    const rows = await answersOutdated(ports.store, tenant, document, live?.revision ?? null);
    const first = rows.slice(0, limit).flatMap(({ question, answer }) => [question, answer]);
    await waitForContents(ports, after, tenant, first);
    const outdated: Outdated[] = [];
    for (const row of rows) {
      if (outdated.length === limit) break;
      const one = await outdatedOf(ports, reader, tenant, row);
      if (one) outdated.push(one);
    }
    const data: z.infer<typeof askedAgainView>['data'] = [];
    let last: Position | null = null;
    // One after the other: nobody waits for them, and those who ask now go first.
    for (const one of outdated) {
      const { query } = one.row;
      try {
        const asked = await askAgain(ports, principal, one, context.req.raw.signal);
        last = asked.position;
        data.push({ query, replacedBy: asked.query, outcome: asked.outcome, code: null });
      } catch (error) {
        // What was asked before it stands: a budget that ends must not hide it.
        if (!isDaybookError(error)) throw error;
        data.push({ query, replacedBy: null, outcome: null, code: error.code });
      }
    }
    const position = last === null ? null : ports.positions.encode(last);
    // Whoever asks for more must not be given the same ones; what was done stands, whether the read model has it or not.
    await waitAfter(ports, position ?? undefined, ['answers']).catch(() => {});
    return context.json({ data, position }, 200, positionHeader(ports, last));
  });
  return app;
}

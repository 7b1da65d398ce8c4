import { changeReview, loadReview } from '../../bounded-contexts/approvals/index.ts';
import { actorOf, type Principal } from '../../bounded-contexts/identity/index.ts';
import { sealContent, uuidv7 } from '../../bounded-contexts/kernel/index.ts';
import { type QuestionAnswer, uploadDocument } from '../../bounded-contexts/knowledge/index.ts';
import { getReview, listReviews, type ReviewRow } from '../../projections/queries.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { afterQuery, pageQuery } from '../../schemas/http/identity.ts';
import { resolveBody, reviewView } from '../../schemas/http/knowledge.ts';
import { accepted, page } from '../../schemas/http/management.ts';
import { idString } from '../../schemas/primitives.ts';
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
import { readerOf, textOf, waitAfter, waitForContents } from '../management/read.ts';
import { within } from '../management/within.ts';
import { requestOf } from '../shared/audited.ts';
import { namesOf } from './names.ts';
import { answerPlace, questionPlace, readAnswer, shownCitations } from './shown.ts';

const tags = ['reviews'];
const params = z.object({ review: idString });

const list = route({
  permission: 'reviews.read',
  method: 'get',
  path: '/reviews',
  tags,
  summary: 'What waits for a person’s decision, oldest first, and what was decided',
  request: { query: pageQuery.extend({ status: z.enum(['open', 'resolved']).optional() }) },
  responses: { 200: json(page(reviewView), 'A page of review tasks'), ...shared.problems },
});

const get = route({
  permission: 'reviews.read',
  method: 'get',
  path: '/reviews/{review}',
  tags,
  summary: 'One review task, with question, draft and sources',
  request: { params, query: afterQuery },
  responses: { 200: json(reviewView, 'The task'), ...shared.notFound, ...shared.problems },
});

const resolve = route({
  permission: 'reviews.resolve',
  method: 'post',
  path: '/reviews/{review}/resolve',
  tags,
  summary: 'Approve a draft, answer in one’s own words, or reject it; what is answered reaches the asker',
  request: { params, query: afterQuery, ...body(resolveBody) },
  responses: {
    200: json(accepted.extend({ document: z.string().nullable() }), 'It is decided'),
    ...shared.notFound,
    ...shared.problems,
  },
});

export function reviewRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  const reader = readerOf(ports);

  async function found(principal: Principal, permission: 'reviews.read' | 'reviews.resolve', review: string) {
    const row = await getReview(ports.store, principal.tenant, review);
    const { departments } = within(principal, permission);
    if (!row || (departments && !departments.includes(row.department)))
      throw new DaybookError('resource.not-found', 'There is no such review task.');
    return row;
  }

  const contentsOf = ({ question, draft, answer }: ReviewRow) =>
    answer === null ? [question, draft] : [question, draft, answer];

  /** The departments of the documents that a draft was made from: its words are theirs. */
  const departmentsOf = (tenant: string, draft: QuestionAnswer | null): readonly string[] => [
    ...new Set(
      [...(draft?.passages ?? []), ...(draft?.citations ?? [])].map(
        ({ document }) => ports.knowledge.library.document(tenant, document)?.present?.department ?? '',
      ),
    ),
  ];

  /** Whether a draft holds words of departments whose tasks the caller does not see. */
  function isBeyond(principal: Principal, draft: QuestionAnswer | null): boolean {
    const { departments } = within(principal, 'reviews.read');
    return (
      departments !== undefined &&
      !departmentsOf(principal.tenant, draft).every((one) => departments.includes(one))
    );
  }

  async function shown(principal: Principal, row: ReviewRow): Promise<z.infer<typeof reviewView>> {
    const { tenant } = principal;
    const place = { dataSubject: row.dataSubject, question: row.question, answer: row.draft };
    const question = await textOf(reader, questionPlace(tenant, place));
    const whole = await readAnswer(reader, tenant, place);
    const hidden = isBeyond(principal, whole);
    const draft = hidden ? null : whole;
    const answer =
      row.answer === null || hidden
        ? null
        : await textOf(reader, answerPlace(tenant, { ...row, answer: row.answer }, 'review-answer'));
    return {
      review: row.review,
      kind: row.kind,
      department: ports.directory.department(tenant, row.department)?.slug ?? row.department,
      query: row.query,
      status: row.status,
      reasons: [...row.reasons],
      requestedAt: row.requestedAt.toISOString(),
      question: typeof question === 'string' ? question : null,
      draft: draft ? (draft.draft ?? draft.text) : null,
      citations: shownCitations(draft, draft ? await namesOf(ports, tenant, draft) : new Map()),
      resolution: row.resolution,
      decidedBy: row.decidedBy,
      answer: typeof answer === 'string' ? answer : null,
      document: row.document,
      position: ports.positions.encode(row.position),
    };
  }

  app.openapi(list, async (context) => {
    const principal = context.get('principal');
    const { after, ...query } = context.req.valid('query');
    await waitAfter(ports, after, ['reviews']);
    const { departments } = within(principal, 'reviews.read');
    const rows = await listReviews(ports.store, principal.tenant, { ...query, departments });
    await waitForContents(ports, after, principal.tenant, rows.items.flatMap(contentsOf));
    const data = await Promise.all(rows.items.map((row) => shown(principal, row)));
    if (data.length > 0)
      await ports.audit.opened(requestOf(context), {
        kind: 'review',
        target: 'reviews',
        contents: data.length,
      });
    return context.json({ data, nextCursor: rows.next }, 200);
  });

  app.openapi(get, async (context) => {
    const principal = context.get('principal');
    const { after } = context.req.valid('query');
    await waitAfter(ports, after, ['reviews']);
    const row = await found(principal, 'reviews.read', context.req.valid('param').review);
    await waitForContents(ports, after, principal.tenant, contentsOf(row));
    await ports.audit.opened(requestOf(context), { kind: 'review', target: row.review, contents: 1 });
    return context.json(await shown(principal, row), 200);
  });

  /** What was decided becomes knowledge of the department, so that the next one who asks is answered by it. */
  async function becomeKnowledge(principal: Principal, row: ReviewRow, question: string, answer: string) {
    const { tenant } = principal;
    async function* bytes(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(`# ${question.replaceAll(/\s+/g, ' ')}\n\n${answer}\n`);
    }
    const stored = await ports.blobs.put({ tenant, owner: row.department }, bytes());
    const document = `doc_${row.review}`;
    await uploadDocument(
      ports,
      { tenant, actor: actorOf(principal) },
      {
        document,
        department: row.department,
        ...stored,
        tags: ['review'],
        privacy: 'internal',
        date: null,
        settings: {},
      },
      { name: `${row.review}.md`, declaredType: 'text/markdown', source: 'review' },
      false,
    );
    return document;
  }

  app.openapi(resolve, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const { resolution, answer: own, index } = context.req.valid('json');
    await waitAfter(ports, context.req.valid('query').after, ['reviews', 'answers']);
    const row = await found(principal, 'reviews.resolve', context.req.valid('param').review);
    const before = await loadReview(ports, tenant, row.review);
    if (before.resolved && before.resolved.resolution !== resolution)
      throw new DaybookError('command.rejected', `It is ${before.resolved.resolution} already.`);
    const place = { dataSubject: row.dataSubject, question: row.question, answer: row.draft };
    const question = await textOf(reader, questionPlace(tenant, place));
    const draft = await readAnswer(reader, tenant, place);
    if (resolution === 'approved' && isBeyond(principal, draft))
      throw new DaybookError(
        'command.rejected',
        'The draft was made from documents of departments that are not yours; answer in your own words.',
      );
    // What quotes other departments must not become the knowledge of this one.
    const ownWords =
      resolution === 'corrected' || departmentsOf(tenant, draft).every((one) => one === row.department);
    const text = resolution === 'corrected' ? own : (draft?.draft ?? draft?.text);
    const answers = resolution !== 'rejected';
    if (answers && (typeof question !== 'string' || text === undefined || text === ''))
      throw new DaybookError('command.rejected', 'There is no draft to approve; answer in your own words.');
    let content: string | undefined;
    let document: string | undefined;
    if (answers && typeof question === 'string' && text) {
      content = uuidv7(ports.clock());
      const sealed = answerPlace(tenant, { dataSubject: row.dataSubject, answer: content }, 'review-answer');
      await ports.contents.put(tenant, await sealContent(ports.vault, sealed, Buffer.from(text)));
      if (index && ownWords) document = await becomeKnowledge(principal, row, question, text);
    }
    const done = await changeReview(
      ports,
      { tenant, actor: actorOf(principal) },
      {
        kind: 'resolve',
        data: {
          review: row.review,
          resolution,
          by: principal.user ?? principal.key,
          ...(content === undefined ? {} : { answer: content }),
          dataSubject: row.dataSubject,
          ...(document === undefined ? {} : { document }),
        },
      },
    );
    if (done.position === null) throw new DaybookError('internal', 'A decision has no commit.');
    return context.json(
      { position: ports.positions.encode(done.position), document: document ?? null },
      200,
      positionHeader(ports, done.position),
    );
  });
  return app;
}

import type { Principal } from '../../bounded-contexts/identity/index.ts';
import { sealContent, uuidv7 } from '../../bounded-contexts/kernel/index.ts';
import {
  type AnswerProgress,
  type Asker,
  type Asking,
  answerQuestion,
  dataSubjectOfAsker,
  type Filter,
  recordAnswer,
  type Turn,
} from '../../bounded-contexts/knowledge/index.ts';
import { type AnswerRow, getAnswer, getReview, listAnswers } from '../../projections/queries.ts';
import { rulesOf } from '../../schemas/config/knowledge.ts';
import { DaybookError } from '../../schemas/errors.ts';
import type { Attribution } from '../../schemas/events/index.ts';
import type { AnswerView, questionBody, questionQuery, SearchFilter } from '../../schemas/http/knowledge.ts';
import { boundApp, type ManagementApp, positionHeader, type z } from '../management/app.ts';
import type { ManagementPorts } from '../management/ports.ts';
import { problemOf } from '../management/problem.ts';
import { readerOf, textOf, waitAfter, waitForContents } from '../management/read.ts';
import { within } from '../management/within.ts';
import { requestOf } from '../shared/audited.ts';
import { keepsLocal } from '../shared/call-options.ts';
import { departmentIn, departmentsOf, type KnownDepartment } from './department.ts';
import { namesOf } from './names.ts';
import { ask, count, escalate, feedback, get, list } from './query-routes.ts';
import { requestReview, reviewOf, reviewRecorded } from './request-review.ts';
import { answerPlace, questionPlace, readAnswer, shownAnswer } from './shown.ts';

const eventHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no',
};

const turnsKept = 5;

export function queryRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  const { knowledge } = ports;
  const reader = readerOf(ports);

  /** Whether calls for a department go to local models only. */
  const isLocal = (tenant: string, department: string): boolean =>
    keepsLocal(ports.directory.department(tenant, department), ports.calls.plan().policy.privacy);

  async function departmentsAsked(
    principal: Principal,
    named: readonly string[] | undefined,
  ): Promise<readonly KnownDepartment[]> {
    const asked =
      named === undefined
        ? departmentsOf(ports, principal, 'knowledge.ask')
        : await Promise.all(named.map((one) => departmentIn(ports, principal, 'knowledge.ask', one)));
    // The question is embedded for the first: by a local model, if one of them wants that.
    const { tenant } = principal;
    return asked.toSorted((a, b) => Number(isLocal(tenant, b.id)) - Number(isLocal(tenant, a.id)));
  }

  const filterOf = (departments: readonly KnownDepartment[], given: SearchFilter = {}): Filter => ({
    departments: departments.map(({ id }) => id),
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  });

  const ownerOf = ({ user, key }: Principal) => (user === undefined ? { key } : { user, key });
  const isOwner = ({ user, key }: Principal, row: AnswerRow): boolean =>
    row.user === null ? row.key === key : row.user === user;

  /** Whose answers the caller may read: its own, and those of a tenant or department that it answers for. */
  function mayRead(principal: Principal, row: AnswerRow): boolean {
    if (isOwner(principal, row)) return true;
    if (!principal.permissions.has('reviews.read')) return false;
    const { departments } = within(principal, 'reviews.read');
    return departments === undefined || row.departments.every((one) => departments.includes(one));
  }

  async function found(principal: Principal, query: string): Promise<AnswerRow> {
    const row = await getAnswer(ports.store, principal.tenant, query);
    if (!row || !mayRead(principal, row))
      throw new DaybookError('resource.not-found', 'There is no such question.');
    return row;
  }

  async function turnsOf(principal: Principal, conversation: string | undefined): Promise<Turn[]> {
    if (conversation === undefined) return [];
    const { tenant } = principal;
    const rows = await listAnswers(ports.store, tenant, { conversation, limit: 20 });
    const own = rows.items.filter((row) => isOwner(principal, row)).slice(0, turnsKept);
    const turns = await Promise.all(
      own.map(async (row): Promise<Turn[]> => {
        const question = await textOf(reader, questionPlace(tenant, row));
        const answer = await readAnswer(reader, tenant, row);
        return typeof question === 'string' && answer ? [{ question, answer: answer.text }] : [];
      }),
    );
    return turns.flat().reverse();
  }

  async function answered(
    principal: Principal,
    asked: z.infer<typeof questionBody>,
    query: z.infer<typeof questionQuery>,
    signal: AbortSignal,
    tell: (progress: AnswerProgress) => void,
  ): Promise<AnswerView> {
    const { tenant } = principal;
    if (query.after !== undefined) await knowledge.waitFor(ports.positions.decode(query.after));
    const departments = await departmentsAsked(principal, asked.departments);
    const rules = rulesOf(
      knowledge.config,
      departments.map(({ slug }) => slug),
    );
    const id = `q_${uuidv7(ports.clock())}`;
    const [first] = departments;
    const attribution: Attribution = {
      key: principal.key,
      ...(principal.user === undefined ? {} : { user: principal.user }),
      ...(departments.length === 1 && first ? { department: first.id } : {}),
    };
    const asking: Asking = {
      tenant,
      query: id,
      question: asked.question,
      filter: filterOf(departments, asked.filter),
      rules: {
        ...rules,
        mode: asked.mode ?? rules.mode,
        k: asked.k ?? rules.k,
        options: {
          ...rules.options,
          ...Object.fromEntries(
            Object.entries(asked.options ?? {}).filter(([, value]) => value !== undefined),
          ),
        },
        cache: rules.cache && asked.cache !== false,
      },
      turns: await turnsOf(principal, asked.conversation),
      ...(query.at === undefined ? {} : { asOf: ports.positions.decode(query.at) }),
      signal,
    };
    if (departments.length === 0)
      throw new DaybookError('resource.not-found', 'There is no department whose knowledge you may ask.', {
        param: 'departments',
      });
    // What one of them keeps to local models stays there, whatever it is searched with.
    const local = departments.some(({ id: of }) => isLocal(tenant, of));
    const caller = local ? { ...principal, private: principal.private ?? ('tenant' as const) } : principal;
    const model = knowledge.modelFor(caller, attribution, asked.model ?? rules.answerModel);
    const prompts = knowledge.promptsFor(rules.prompts);
    const answer = await answerQuestion({ ...knowledge, prompts }, model, asking, tell);
    const asker: Asker = {
      ...ownerOf(principal),
      ...(asked.conversation === undefined ? {} : { conversation: asked.conversation }),
    };
    const review = answer.outcome === 'escalated' ? reviewOf(id) : undefined;
    const recorded = await recordAnswer(ports, asking, asker, answer, knowledge.embedder.model, review);
    if (review !== undefined)
      await reviewRecorded(ports, principal, {
        query: id,
        asking,
        answer,
        recorded,
        requestedBy: principal.user,
      });
    return shownAnswer({
      row: {
        query: id,
        at: new Date(ports.clock()),
        conversation: asked.conversation ?? null,
        outcome: answer.outcome,
        review: review ?? null,
        replaces: null,
        replacedBy: null,
        position: recorded.position,
      },
      question: asked.question,
      answer,
      names: await namesOf(ports, tenant, answer),
      positions: ports.positions,
    });
  }

  app.openapi(ask, async (context) => {
    const principal = context.get('principal');
    const asked = context.req.valid('json');
    const query = context.req.valid('query');
    // Whoever leaves is not answered any more: the call of the model ends, and nothing is recorded as an answer.
    const left = new AbortController();
    const signal = AbortSignal.any([context.req.raw.signal, left.signal]);
    if (!asked.stream) {
      const view = await answered(principal, asked, query, signal, () => {});
      return context.json(view, 200, { 'Daybook-Position': view.position });
    }
    const requestId = context.get('requestId');
    const utf8 = new TextEncoder();
    const stream = new ReadableStream<Uint8Array>({
      async start(controller) {
        const say = (event: string, data: unknown) => {
          try {
            controller.enqueue(utf8.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
          } catch {
            // The reader left, and what it was told last is all that it heard.
          }
        };
        try {
          const view = await answered(principal, asked, query, signal, ({ type, ...data }) =>
            say(type, data),
          );
          say('verdict', {
            outcome: view.outcome,
            confidence: view.confidence,
            reasons: view.reasons,
            dropped: view.dropped,
            claims: view.claims,
          });
          say('done', view);
        } catch (error) {
          if (!(error instanceof DaybookError) && !signal.aborted) ports.onBug(error, requestId);
          say('error', problemOf(error, requestId).body);
        }
        try {
          controller.close();
        } catch {
          // The reader left first.
        }
      },
      cancel: () => left.abort(),
    });
    return new Response(stream, { headers: eventHeaders });
  });

  app.openapi(count, async (context) => {
    const principal = context.get('principal');
    const { departments: named, filter } = context.req.valid('json');
    const departments = await departmentsAsked(principal, named);
    if (departments.length === 0) return context.json({ documents: 0, chunks: 0 }, 200);
    const counts = await knowledge.now.index.count(
      principal.tenant,
      knowledge.embedder.model,
      filterOf(departments, filter),
    );
    return context.json(counts, 200);
  });

  const contentsOf = ({ question, answer }: AnswerRow) => [question, answer];

  async function view(tenant: string, row: AnswerRow): Promise<AnswerView> {
    const question = await textOf(reader, questionPlace(tenant, row));
    const answer = await readAnswer(reader, tenant, row);
    const review = row.review ?? reviewOf(row.query);
    const task = await getReview(ports.store, tenant, review);
    const decided =
      task?.answer == null
        ? undefined
        : await textOf(reader, answerPlace(tenant, { ...row, answer: task.answer }, 'review-answer'));
    return shownAnswer({
      row: { ...row, review: task ? review : row.review },
      question: typeof question === 'string' ? question : null,
      answer,
      names: answer ? await namesOf(ports, tenant, answer) : new Map(),
      positions: ports.positions,
      ...(task?.resolution == null
        ? {}
        : { decided: { resolution: task.resolution, text: typeof decided === 'string' ? decided : '' } }),
    });
  }

  app.openapi(list, async (context) => {
    const principal = context.get('principal');
    const { after, ...query } = context.req.valid('query');
    await waitAfter(ports, after, ['answers', 'reviews']);
    const { user } = principal;
    const all = principal.permissions.get('reviews.read') === 'tenant';
    const rows = await listAnswers(ports.store, principal.tenant, {
      ...query,
      ...(all ? {} : user === undefined ? { key: principal.key } : { user }),
    });
    await waitForContents(ports, after, principal.tenant, rows.items.flatMap(contentsOf));
    const data = await Promise.all(rows.items.map((row) => view(principal.tenant, row)));
    const others = rows.items.filter((row) => !isOwner(principal, row)).length;
    if (others > 0)
      await ports.audit.opened(requestOf(context), { kind: 'answer', target: 'queries', contents: others });
    return context.json({ data, nextCursor: rows.next }, 200);
  });

  app.openapi(get, async (context) => {
    const principal = context.get('principal');
    const { after } = context.req.valid('query');
    await waitAfter(ports, after, ['answers', 'reviews']);
    const row = await found(principal, context.req.valid('param').query);
    await waitForContents(ports, after, principal.tenant, contentsOf(row));
    if (!isOwner(principal, row))
      await ports.audit.opened(requestOf(context), { kind: 'answer', target: row.query, contents: 1 });
    return context.json(await view(principal.tenant, row), 200);
  });

  app.openapi(feedback, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    await waitAfter(ports, context.req.valid('query').after, ['answers']);
    const row = await found(principal, context.req.valid('param').query);
    const { right, comment } = context.req.valid('json');
    const dataSubject = dataSubjectOfAsker(ownerOf(principal));
    const content = comment === undefined ? undefined : uuidv7(ports.clock());
    if (content !== undefined && comment !== undefined)
      await ports.contents.put(
        tenant,
        await sealContent(
          ports.vault,
          { tenant, subject: dataSubject, id: content, field: 'comment' },
          Buffer.from(comment),
        ),
      );
    const position = await ports.facts.append(tenant, 'queries', {
      type: 'query.feedback.given',
      data: {
        query: row.query,
        by: principal.user ?? principal.key,
        right,
        ...(content === undefined ? {} : { comment: content }),
        dataSubject,
      },
    });
    return context.json({ position: ports.positions.encode(position) }, 200, positionHeader(ports, position));
  });

  app.openapi(escalate, async (context) => {
    const principal = context.get('principal');
    await waitAfter(ports, context.req.valid('query').after, ['answers']);
    const row = await found(principal, context.req.valid('param').query);
    const { position } = await requestReview(ports, principal, {
      query: row.query,
      department: row.departments[0] ?? '',
      question: row.question,
      draft: row.answer,
      dataSubject: row.dataSubject,
      reasons: ['asked'],
      requestedBy: principal.user,
    });
    if (position === null) throw new DaybookError('internal', 'A task that was asked for has no commit.');
    return context.json(
      { review: reviewOf(row.query), position: ports.positions.encode(position) },
      200,
      positionHeader(ports, position),
    );
  });
  return app;
}

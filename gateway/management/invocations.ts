import { formatUsd } from '../../bounded-contexts/kernel/index.ts';
import { costs, getInvocation, type Invocation, listInvocations } from '../../projections/queries.ts';
import { DaybookError } from '../../schemas/errors.ts';
import {
  afterParam,
  content,
  cost,
  costsQuery,
  invocation,
  invocationsQuery,
  page,
} from '../../schemas/http/management.ts';
import { idString, type ScopeKind } from '../../schemas/primitives.ts';
import { requestOf } from '../shared/audited.ts';
import { boundApp, json, type ManagementApp, route, shared, z } from './app.ts';
import { idsOf } from './ids.ts';
import type { ManagementPorts } from './ports.ts';
import { dateOf, readerOf, textOf, waitAfter } from './read.ts';
import { isWithin, within } from './within.ts';

const list = route({
  permission: 'invocations.read',
  method: 'get',
  path: '/invocations',
  tags: ['invocations'],
  summary: 'Calls, newest first: answered, failed and refused ones',
  request: { query: invocationsQuery },
  responses: { 200: json(page(invocation), 'A page of calls'), ...shared.problems },
});

const get = route({
  permission: 'invocations.read',
  method: 'get',
  path: '/invocations/{id}',
  tags: ['invocations'],
  summary: 'One call, with its prompt and answer',
  request: { params: z.object({ id: idString }), query: z.object({ after: afterParam }) },
  responses: {
    200: json(invocation.extend({ prompt: content, answer: content }), 'The call'),
    ...shared.notFound,
    ...shared.problems,
  },
});

const spend = route({
  permission: 'costs.read',
  method: 'get',
  path: '/costs',
  tags: ['costs'],
  summary: 'What was spent, by one dimension, the dearest first',
  request: { query: costsQuery },
  responses: {
    200: json(z.object({ data: z.array(cost), totalUsd: z.string() }), 'Spend'),
    ...shared.problems,
  },
});

type Shown = (id: string) => string;

const attributed = ['user', 'department', 'agent', 'session', 'run'] as const;

function body(one: Invocation, shown: Shown, ports: ManagementPorts): z.infer<typeof invocation> {
  const {
    cost: spent,
    reserved,
    position,
    at,
    attempts,
    dataSubject: _subject,
    prompt: _prompt,
    answer: _answer,
    response: _response,
    ...rest
  } = one;
  const named = Object.fromEntries(
    attributed.map((kind) => [kind, one[kind] === null ? null : shown(one[kind])]),
  );
  return {
    ...rest,
    ...named,
    at: at.toISOString(),
    diverted: one.diverted === null ? null : [...one.diverted],
    costUsd: formatUsd(spent),
    reservedUsd: formatUsd(reserved),
    attempts: attempts.map(({ cost: nano, ...attempt }) => ({
      ...attempt,
      costUsd: formatUsd(BigInt(nano)),
    })),
    position: ports.positions.encode(position),
  };
}

export function invocationRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  const ids = idsOf(ports.vault);
  const reader = readerOf(ports);
  const found = (tenant: string, kind: ScopeKind, raw: string | undefined) =>
    raw === undefined ? undefined : ids.find(tenant, kind, raw);
  const namesOf = (tenant: string, all: readonly Invocation[]) =>
    ids.shown(
      tenant,
      all.flatMap((one) => attributed.flatMap((kind) => one[kind] ?? [])),
    );

  app.openapi(list, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const { after, from, to, user, department, session, run, ...query } = context.req.valid('query');
    await waitAfter(ports, after, ['llm_invocations']);
    const { items, next } = await listInvocations(ports.store, tenant, {
      ...query,
      user: await found(tenant, 'user', user),
      department: await found(tenant, 'department', department),
      session: await found(tenant, 'session', session),
      run: await found(tenant, 'run', run),
      within: within(principal, 'invocations.read'),
      from: dateOf(from),
      to: dateOf(to),
    });
    const shown = await namesOf(tenant, items);
    return context.json({ data: items.map((one) => body(one, shown, ports)), nextCursor: next }, 200);
  });

  app.openapi(get, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    await waitAfter(ports, context.req.valid('query').after, ['llm_invocations']);
    const one = await getInvocation(ports.store, tenant, context.req.valid('param').id);
    if (!one || !isWithin(within(principal, 'invocations.read'), one))
      throw new DaybookError('resource.not-found', 'There is no such invocation.');
    const shown = await namesOf(tenant, [one]);
    const { dataSubject: subject } = one;
    const readable = isWithin(within(principal, 'contents.read'), one);
    const text = (id: string | null, field: string) =>
      id === null || subject === null || !readable
        ? Promise.resolve(null)
        : textOf(reader, { tenant, subject, id, field });
    const [prompt, answer] = await Promise.all([text(one.prompt, 'prompt'), text(one.answer, 'answer')]);
    const contents = [prompt, answer].filter((found) => typeof found === 'string').length;
    if (contents > 0)
      await ports.audit.opened(requestOf(context), { kind: 'invocation', target: one.id, contents });
    return context.json({ ...body(one, shown, ports), prompt, answer }, 200);
  });

  app.openapi(spend, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const { groupBy, as, from, to, after } = context.req.valid('query');
    await waitAfter(ports, after, ['llm_invocations', 'restatements']);
    const range = { from: dateOf(from), to: dateOf(to) };
    const rows = await costs(ports.store, tenant, {
      groupBy: [groupBy],
      as,
      ...range,
      within: within(principal, 'costs.read'),
    });
    const shown = await ids.shown(
      tenant,
      rows.flatMap(({ group }) => (typeof group[groupBy] === 'string' ? [group[groupBy]] : [])),
    );
    const data = rows.map(({ group, cost: spent, ...row }) => {
      const value = group[groupBy] ?? null;
      return { group: typeof value === 'string' ? shown(value) : value, ...row, costUsd: formatUsd(spent) };
    });
    return context.json({ data, totalUsd: formatUsd(rows.reduce((sum, row) => sum + row.cost, 0n)) }, 200);
  });
  return app;
}

import { formatUsd } from '../../bounded-contexts/kernel/index.ts';
import {
  type BudgetStanding,
  listBudgetAlerts,
  listBudgets,
  topSpenders,
} from '../../projections/queries.ts';
import { DaybookError } from '../../schemas/errors.ts';
import {
  afterParam,
  alert,
  budget,
  page,
  spender,
  suppliedId,
  topSpendersQuery,
} from '../../schemas/http/management.ts';
import { scopeKind } from '../../schemas/primitives.ts';
import { boundApp, json, type ManagementApp, route, shared, z } from './app.ts';
import { idsOf } from './ids.ts';
import type { ManagementPorts } from './ports.ts';
import { waitAfter } from './read.ts';
import { within } from './within.ts';

const paged = z.object({
  scope: scopeKind.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(400).optional(),
  after: afterParam,
});

const read = <Path extends string>(path: Path, summary: string) => ({
  permission: 'budgets.read' as const,
  method: 'get' as const,
  path,
  tags: ['budgets'],
  summary,
});

const list = route({
  ...read('/budgets', 'Budgets, and how each stands in its present window'),
  request: { query: paged },
  responses: { 200: json(page(budget), 'A page of budgets'), ...shared.problems },
});

const utilization = route({
  ...read('/budgets/utilization', 'Budgets by the share that is used, the fullest first'),
  request: {
    query: z.object({
      scope: scopeKind.optional(),
      limit: z.coerce.number().int().min(1).max(100).default(20),
      after: afterParam,
    }),
  },
  responses: { 200: json(z.object({ data: z.array(budget) }), 'Budgets'), ...shared.problems },
});

const spenders = route({
  ...read('/budgets/top-spenders', 'Who spent most in the present window'),
  request: { query: topSpendersQuery },
  responses: {
    200: json(z.object({ data: z.array(spender) }), 'Spenders, the dearest first'),
    ...shared.problems,
  },
});

const alerts = route({
  ...read('/budgets/alerts', 'Alerts at 80, 90, 95 and 100 % of posted money, newest first'),
  request: {
    query: z.object({
      scope: scopeKind.optional(),
      limit: z.coerce.number().int().min(1).max(500).default(50),
      after: afterParam,
    }),
  },
  responses: { 200: json(z.object({ data: z.array(alert) }), 'Alerts'), ...shared.problems },
});

const get = route({
  ...read('/budgets/{scope}/{id}', 'The budgets of one scope; the id of the scope `tenant` is `-`'),
  request: { params: z.object({ scope: scopeKind, id: suppliedId }), query: z.object({ after: afterParam }) },
  responses: {
    200: json(z.object({ data: z.array(budget) }), 'Its budgets'),
    ...shared.notFound,
    ...shared.problems,
  },
});

/** Most budgets that are looked at to find the fullest. */
const mostRanked = 1_000;

export function budgetQueryRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  const ids = idsOf(ports.vault);

  async function bodies(tenant: string, items: readonly BudgetStanding[]): Promise<z.infer<typeof budget>[]> {
    const shown = await ids.shown(
      tenant,
      items.map((one) => one.id),
    );
    return items.map(({ scope, id, period, mode, limit, window, posted, pending, remaining, percent }) => ({
      scope,
      id: shown(id),
      period,
      mode,
      window,
      percent,
      limitUsd: formatUsd(limit),
      postedUsd: formatUsd(posted),
      pendingUsd: formatUsd(pending),
      remainingUsd: formatUsd(remaining),
    }));
  }

  app.openapi(list, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const bounds = within(principal, 'budgets.read');
    const { after, ...query } = context.req.valid('query');
    await waitAfter(ports, after, ['budgets']);
    const { items, next } = await listBudgets(ports.store, tenant, ports.clock(), {
      ...query,
      within: bounds,
    });
    return context.json({ data: await bodies(tenant, items), nextCursor: next }, 200);
  });
  app.openapi(utilization, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const bounds = within(principal, 'budgets.read');
    const { after, scope, limit } = context.req.valid('query');
    await waitAfter(ports, after, ['budgets']);
    const { items } = await listBudgets(ports.store, tenant, ports.clock(), {
      scope,
      limit: mostRanked,
      within: bounds,
    });
    const fullest = [...items].sort((a, b) => b.percent - a.percent).slice(0, limit);
    return context.json({ data: await bodies(tenant, fullest) }, 200);
  });
  app.openapi(spenders, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const bounds = within(principal, 'budgets.read');
    const { after, ...query } = context.req.valid('query');
    await waitAfter(ports, after, ['budgets']);
    const rows = await topSpenders(ports.store, tenant, ports.clock(), { ...query, within: bounds });
    const shown = await ids.shown(
      tenant,
      rows.map((row) => row.id),
    );
    const data = rows.map(({ scope, id, window, posted, pending }) => ({
      scope,
      id: shown(id),
      window,
      postedUsd: formatUsd(posted),
      pendingUsd: formatUsd(pending),
    }));
    return context.json({ data }, 200);
  });
  app.openapi(alerts, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const bounds = within(principal, 'budgets.read');
    const { after, scope, limit } = context.req.valid('query');
    await waitAfter(ports, after, ['budgets']);
    const rows = await listBudgetAlerts(ports.store, tenant, {
      limit,
      within: bounds,
      ...(scope === undefined ? {} : { scope }),
    });
    const shown = await ids.shown(
      tenant,
      rows.map((row) => row.scopeId),
    );
    const data = rows.map(({ at, scope: of, scopeId, period, window, threshold, posted, limit: nano }) => ({
      at: at.toISOString(),
      scope: of,
      id: shown(scopeId),
      period,
      window,
      threshold,
      postedUsd: formatUsd(posted),
      limitUsd: formatUsd(nano),
    }));
    return context.json({ data }, 200);
  });
  app.openapi(get, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const bounds = within(principal, 'budgets.read');
    const { scope, id } = context.req.valid('param');
    await waitAfter(ports, context.req.valid('query').after, ['budgets']);
    const { items } = await listBudgets(ports.store, tenant, ports.clock(), {
      scope,
      id: await ids.find(tenant, scope, id),
      within: bounds,
    });
    if (items.length === 0) throw new DaybookError('resource.not-found', 'There is no such budget.');
    return context.json({ data: await bodies(tenant, items) }, 200);
  });
  return app;
}

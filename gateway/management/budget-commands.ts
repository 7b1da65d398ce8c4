import { actorOf } from '../../bounded-contexts/identity/index.ts';
import { parseUsd } from '../../bounded-contexts/kernel/index.ts';
import { accepted, budgetBody, suppliedId } from '../../schemas/http/management.ts';
import { period, scopeKind } from '../../schemas/primitives.ts';
import { body, boundApp, json, type ManagementApp, positionHeader, route, shared, z } from './app.ts';
import { commandIdOf } from './idempotency.ts';
import { idsOf } from './ids.ts';
import type { ManagementPorts } from './ports.ts';

const define = route({
  permission: 'budgets.manage',
  method: 'post',
  path: '/budgets',
  tags: ['budgets'],
  summary: 'Set a budget; the one of the same scope, id and period is replaced',
  request: body(budgetBody),
  responses: { 201: json(accepted, 'It is in force'), ...shared.problems },
});

const target = z.object({ scope: scopeKind, id: suppliedId, period });

const remove = route({
  permission: 'budgets.manage',
  method: 'delete',
  path: '/budgets/{scope}/{id}/{period}',
  tags: ['budgets'],
  summary: 'Remove a budget; what was spent stays on the log',
  request: { params: target },
  responses: { 200: json(accepted, 'It is gone'), ...shared.notFound, ...shared.problems },
});

const reset = route({
  permission: 'budgets.manage',
  method: 'post',
  path: '/budgets/{scope}/{id}/{period}/reset',
  tags: ['budgets'],
  summary: 'Count the present window from zero again; what was spent stays on the log',
  request: { params: target },
  responses: { 200: json(accepted, 'It is reset'), ...shared.notFound, ...shared.problems },
});

export function budgetCommandRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  const ids = idsOf(ports.vault);
  const done = (position: Parameters<typeof positionHeader>[1]) => ({
    position: position === null ? '' : ports.positions.encode(position),
  });

  app.openapi(define, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const actor = actorOf(principal);
    const wanted = context.req.valid('json');
    const { scope, id, period: of, limitUsd, mode } = wanted;
    const named = context.req.header('idempotency-key');
    const { position } = await ports.ledgers.define(tenant, {
      scope,
      id: await ids.opaque(tenant, scope, id),
      period: of,
      limit: parseUsd(limitUsd),
      mode,
      actor,
      // The ledger remembers it, too: so nothing is done twice where a gateway died before it kept its answer.
      ...(named === undefined ? {} : { commandId: commandIdOf(principal, named, wanted) }),
    });
    return context.json(done(position), 201, positionHeader(ports, position));
  });
  app.openapi(remove, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const actor = actorOf(principal);
    const { scope, id, period: of } = context.req.valid('param');
    const { position } = await ports.ledgers.remove(tenant, {
      scope,
      id: await ids.find(tenant, scope, id),
      period: of,
      actor,
    });
    return context.json(done(position), 200, positionHeader(ports, position));
  });
  app.openapi(reset, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const actor = actorOf(principal);
    const { scope, id, period: of } = context.req.valid('param');
    const { position } = await ports.ledgers.reset(tenant, {
      scope,
      id: await ids.find(tenant, scope, id),
      period: of,
      actor,
    });
    return context.json(done(position), 200, positionHeader(ports, position));
  });
  return app;
}

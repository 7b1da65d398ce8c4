import { parseSubject } from '../../bounded-contexts/kernel/index.ts';
import {
  type BreakerChange,
  breakersAt,
  getInvocation,
  listBreakerChanges,
} from '../../projections/queries.ts';
import { DaybookError } from '../../schemas/errors.ts';
import {
  afterParam,
  breakerChange,
  breakerChangesQuery,
  breakerState,
  breakersQuery,
  decisionBody,
  page,
  providerState,
} from '../../schemas/http/management.ts';
import { idString } from '../../schemas/primitives.ts';
import { boundApp, json, type ManagementApp, route, shared, z } from './app.ts';
import type { ManagementPorts } from './ports.ts';
import { dateOf, pageBody, waitAfter } from './read.ts';
import { isWithin, within } from './within.ts';

const decision = route({
  permission: 'invocations.read',
  method: 'get',
  path: '/invocations/{id}/decision',
  tags: ['routing'],
  summary: 'Why a call went where it went: who could answer, who could not, and why',
  request: { params: z.object({ id: idString }), query: z.object({ after: afterParam }) },
  responses: { 200: json(decisionBody, 'The decision'), ...shared.notFound, ...shared.problems },
});

const breakers = route({
  permission: 'routing.read',
  method: 'get',
  path: '/breakers',
  tags: ['routing'],
  summary: 'The circuits that ever changed, as they are or were at a moment',
  request: { query: breakersQuery },
  responses: { 200: json(z.object({ data: z.array(breakerState) }), 'Circuits'), ...shared.problems },
});

const changes = route({
  permission: 'routing.read',
  method: 'get',
  path: '/breakers/changes',
  tags: ['routing'],
  summary:
    'When circuits opened, were probed, given back and closed, newest first, with the calls that caused it',
  request: { query: breakerChangesQuery },
  responses: { 200: json(page(breakerChange), 'A page of changes'), ...shared.problems },
});

const providers = route({
  permission: 'routing.read',
  method: 'get',
  path: '/providers',
  tags: ['routing'],
  summary: 'The last health check of each provider, as this gateway saw it',
  responses: { 200: json(z.object({ data: z.array(providerState) }), 'Providers'), ...shared.problems },
});

/** What a change left the circuit in at `now`. */
function stateOf({ change, probeAt }: BreakerChange, now: Date): 'closed' | 'open' | 'half-open' {
  if (change === 'closed') return 'closed';
  if (change === 'released') return 'half-open';
  return change === 'opened' && probeAt !== null && now >= probeAt ? 'half-open' : 'open';
}

const shown = ({ model, cause, code, probeAt, invocations }: BreakerChange) => ({
  model,
  cause,
  code,
  probeAt: probeAt?.toISOString() ?? null,
  invocations: [...invocations],
});

export function routingRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);

  app.openapi(decision, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const { id } = context.req.valid('param');
    await waitAfter(ports, context.req.valid('query').after, ['llm_invocations']);
    const found = await getInvocation(ports.store, tenant, id);
    const one = found && isWithin(within(principal, 'invocations.read'), found) ? found : null;
    const recorded = one === null ? null : await ports.log.at(one.position);
    // The read model finds the call; what was decided is read where it is true.
    const event = recorded?.commit.events.find(
      (each) =>
        (each.type === 'invocation.completed' || each.type === 'invocation.refused') &&
        each.data.invocation === id &&
        parseSubject(recorded.subject).tenant === tenant,
    );
    if (!one || !event || !('decision' in event.data) || event.data.decision === undefined)
      throw new DaybookError('resource.not-found', 'There is no decision of such an invocation.');
    const { plan, asked, seen, candidates, excluded, passed = [], privacy = null } = event.data.decision;
    const attempts = event.type === 'invocation.completed' ? event.data.attempts : [];
    return context.json(
      {
        invocation: id,
        requestedModel: one.requestedModel,
        operation: one.operation,
        plan,
        asked,
        seen,
        candidates,
        excluded,
        passed,
        privacy,
        attempts,
      },
      200,
    );
  });

  app.openapi(changes, async (context) => {
    const { after, from, to, ...query } = context.req.valid('query');
    await waitAfter(ports, after, ['breakers']);
    const found = await listBreakerChanges(ports.store, context.get('principal').tenant, {
      ...query,
      from: dateOf(from),
      to: dateOf(to),
    });
    return context.json(
      pageBody(found, (one) => ({ ...shown(one), change: one.change, at: one.at.toISOString() })),
      200,
    );
  });

  app.openapi(breakers, async (context) => {
    const { after, at } = context.req.valid('query');
    await waitAfter(ports, after, ['breakers']);
    const moment = dateOf(at) ?? new Date(ports.clock());
    const found = await breakersAt(ports.store, context.get('principal').tenant, moment);
    const data = found.map((one) => ({
      ...shown(one),
      state: stateOf(one, moment),
      since: one.at.toISOString(),
    }));
    return context.json({ data }, 200);
  });

  app.openapi(providers, (context) => {
    const data = ports.providerStates().map(({ checkedAt, reason = null, ...state }) => ({
      ...state,
      reason,
      checkedAt: new Date(checkedAt).toISOString(),
    }));
    return context.json({ data }, 200);
  });
  return app;
}

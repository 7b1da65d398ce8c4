import { existsSync, readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import {
  explain,
  type PublishedPlan,
  planOf,
  type ReplayReport,
  type RoutedCall,
  type RoutingPlan,
  replay,
} from '../../bounded-contexts/inference/index.ts';
import {
  type EventLog,
  formatUsd,
  type Nano,
  type Recorded,
  subjectOf,
} from '../../bounded-contexts/kernel/index.ts';
import { routingSchema } from '../../schemas/config/routing.ts';
import { DaybookError } from '../../schemas/errors.ts';
import type { EventData } from '../../schemas/events/index.ts';
import { scopeKinds } from '../../schemas/primitives.ts';
import { windowsOf } from '../../schemas/windows.ts';
import type { Parts } from '../launcher/index.ts';
import { durationOf } from './duration.ts';
import { exitCodes } from './exit-codes.ts';
import { api, local, withParts } from './local.ts';
import { type Output, table } from './output.ts';

const tenant = 'default';

/** Every plan that was ever in force, by version, and the last one. */
async function plansOf(
  log: EventLog,
): Promise<{ byVersion: Map<string, PublishedPlan>; last: PublishedPlan }> {
  const byVersion = new Map<string, PublishedPlan>();
  let last: PublishedPlan | undefined;
  for await (const { commit } of log.read(subjectOf(tenant, 'routing'), null)) {
    for (const event of commit.events) {
      if (event.type !== 'routing.published') continue;
      last = event.data;
      byVersion.set(event.data.version, event.data);
    }
  }
  if (!last) throw new DaybookError('resource.not-found', 'No routing plan was ever published here.');
  return { byVersion, last };
}

type Completed = EventData<'invocation.completed'>;

/** The record of a call: where the read model says that it lies, else looked for from the beginning. */
async function recordOf(id: string, { log, positions }: Parts) {
  const among = (recorded: Recorded | null): Completed | EventData<'invocation.refused'> | undefined => {
    for (const event of recorded?.commit.events ?? []) {
      if (event.type !== 'invocation.completed' && event.type !== 'invocation.refused') continue;
      if (event.data.invocation === id) return event.data;
    }
    return undefined;
  };
  try {
    const body: unknown = await (await api(local(), 'GET', `/api/v1/invocations/${id}`)).json();
    if (body !== null && typeof body === 'object' && 'position' in body) {
      const found = among(await log.at(positions.decode(String(body.position))));
      if (found) return found;
    }
  } catch {
    // Without a gateway, or before the read model has it: the log has it all the same.
  }
  for await (const recorded of log.read(subjectOf(tenant, 'invocations'), null)) {
    const found = among(recorded);
    if (found) return found;
  }
  return undefined;
}

/** `inference explain <id>`: decides a recorded call again, from the log alone, and says whether it holds. */
export function explainCall(id: string, out: Output): Promise<number> {
  return withParts(local(), async (parts) => {
    const { log } = parts;
    const found = await recordOf(id, parts);
    if (!found?.decision)
      throw new DaybookError('resource.not-found', `There is no decision of an invocation ${id}.`);
    const call: RoutedCall = { ...found, decision: found.decision };
    const attempts = 'attempts' in found ? found.attempts : [];
    const { byVersion } = await plansOf(log);
    const published = byVersion.get(call.decision.plan);
    if (!published)
      throw new DaybookError(
        'resource.not-found',
        `The plan ${call.decision.plan} of this call is not on the log.`,
      );
    const { holds, differences } = explain(call, planOf(published));
    const { candidates, excluded, passed = [], seen, plan, privacy } = call.decision;
    const rows = [
      ...candidates.map(({ model, reason }) => ['candidate', model, reason]),
      ...excluded.map(({ model, reason }) => ['excluded', model, reason]),
      ...passed.map(({ model, reason }) => ['passed', model, reason]),
    ];
    const tries = attempts.map(({ model, outcome, error = '', ms }) => [
      model,
      outcome,
      error,
      `${Math.round(ms)} ms`,
    ]);
    out.result(
      { invocation: id, holds, differences, decision: call.decision, attempts },
      [
        `${id} asked for ${call.requestedModel}, by plan ${plan}${privacy === undefined ? '' : `, private by ${privacy}`}`,
        '',
        table(['', 'model', 'reason'], rows),
        ...(tries.length > 0 ? ['', table(['tried', 'outcome', 'error', 'took'], tries)] : []),
        '',
        `Seen: ${Object.keys(seen.open).length} open circuits, ${seen.down.length} providers down${seen.pressure === undefined ? '' : `, ${Math.round(seen.pressure * 100)} % of a soft budget used`}.`,
        holds
          ? 'Computed again from the log, the decision holds.'
          : `Computed again from the log, the decision does NOT hold:\n${differences.join('\n')}`,
      ].join('\n'),
    );
    return holds ? exitCodes.ok : exitCodes.found;
  });
}

/** A file with a `routing` section, or with nothing but one; `routes` in it replace the aliases. */
function planFrom(file: string, last: PublishedPlan): RoutingPlan {
  if (!existsSync(file)) throw new DaybookError('request.invalid', `--policy: there is no file ${file}.`);
  const content: unknown = parseDocument(readFileSync(file, 'utf8')).toJS();
  const whole = content !== null && typeof content === 'object' ? content : {};
  const section = 'routing' in whole ? whole.routing : 'routes' in whole ? {} : whole;
  const policy = routingSchema.safeParse(section ?? {});
  if (!policy.success) {
    const [issue] = policy.error.issues;
    throw new DaybookError(
      'request.invalid',
      `--policy: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}.`,
    );
  }
  const aliases: Record<string, readonly string[]> = { ...last.aliases };
  if ('routes' in whole && Array.isArray(whole.routes)) {
    for (const route of whole.routes as { alias?: unknown; models?: unknown }[])
      if (typeof route?.alias === 'string' && Array.isArray(route.models))
        aliases[route.alias] = route.models.map(String);
  }
  return planOf({ ...last, version: 'what-if', policy: policy.data, aliases });
}

/** `inference replay --policy new.yaml --since 7d`: yesterday's calls under tomorrow's policy, without calling a model. */
export function replayCalls(flags: { policy: string; since: string }, out: Output): Promise<number> {
  return withParts(local(), async ({ log }) => {
    const from = Date.now() - durationOf(flags.since);
    const plan = planFrom(flags.policy, (await plansOf(log)).last);
    const again = replay(plan);
    for await (const { commit } of log.read(subjectOf(tenant, 'invocations'), null)) {
      if (commit.at < from) continue;
      for (const event of commit.events) if (event.type === 'invocation.completed') again.add(event.data);
    }
    const report = again.report();
    const breaches = await budgetBreaches(log, report);
    const { calls, unroutable, moves, models, cost, privacy } = report;
    const signed = (nano: Nano) => `${nano < 0n ? '-' : '+'}$${formatUsd(nano < 0n ? -nano : nano)}`;
    out.result(
      {
        calls,
        unroutable,
        moves: Object.fromEntries(moves),
        models: Object.fromEntries(models),
        costWasUsd: formatUsd(cost.was),
        costNowUsd: formatUsd(cost.now),
        privacy,
        budgets: breaches,
      },
      [
        `${calls} calls routed again${unroutable > 0 ? `; ${unroutable} have no recorded decision` : ''}.`,
        '',
        table(
          ['tier', 'calls'],
          [...moves].sort().map(([move, count]) => [move, String(count)]),
        ),
        '',
        table(
          ['first choice', 'was', 'now'],
          [...models].sort().map(([id, { was, now }]) => [id, String(was), String(now)]),
        ),
        '',
        `Cost: $${formatUsd(cost.was)} as it was, $${formatUsd(cost.now)} under the new policy (${signed(cost.now - cost.was)}).`,
        privacy.refused.length + privacy.outside.length === 0
          ? 'Privacy: no breach.'
          : `Privacy: ${privacy.refused.length} private calls that nobody may answer (${privacy.refused.slice(0, 3).join(', ')}), ${privacy.outside.length} that went outside.`,
        breaches.length === 0
          ? 'Budgets: no hard limit would be crossed that was not.'
          : `Budgets: hard limits that would be crossed:\n${breaches.map(({ pool, limitUsd, nowUsd }) => `  ${pool}: $${nowUsd} of $${limitUsd}`).join('\n')}`,
      ].join('\n'),
    );
    return exitCodes.ok;
  });
}

interface Breach {
  readonly pool: string;
  readonly limitUsd: string;
  readonly wasUsd: string;
  readonly nowUsd: string;
}

const periodIndex = { daily: 0, weekly: 1, monthly: 2, total: 3 } as const;

/** Hard budgets in force whose windows would hold more than their limit, of the replayed calls alone. */
async function budgetBreaches(log: EventLog, { spend }: ReplayReport): Promise<Breach[]> {
  const limits = new Map<string, { scope: string; period: keyof typeof periodIndex; limit: Nano }>();
  for await (const { commit } of log.read(subjectOf(tenant, 'ledger'), null)) {
    for (const event of commit.events) {
      if (event.type !== 'budget.defined' && event.type !== 'budget.removed') continue;
      const { scope, id, period } = event.data;
      const name = scope === scopeKinds[0] ? scope : `${scope}:${id}`;
      if (event.type === 'budget.defined' && event.data.mode === 'hard')
        limits.set(`${name} ${period}`, { scope: name, period, limit: BigInt(event.data.limit) });
      else limits.delete(`${name} ${period}`);
    }
  }
  const breaches: Breach[] = [];
  for (const { scope, period, limit } of limits.values()) {
    const windows = new Map<string, { was: Nano; now: Nano }>();
    for (const [key, { was, now }] of spend) {
      const at = key.lastIndexOf(' ');
      if (key.slice(0, at) !== scope) continue;
      const window = windowsOf(key.slice(at + 1))[periodIndex[period]] ?? '';
      const sum = windows.get(window) ?? { was: 0n, now: 0n };
      windows.set(window, { was: sum.was + was, now: sum.now + now });
    }
    for (const [window, { was, now }] of windows)
      if (now > limit && was <= limit)
        breaches.push({
          pool: `${scope}:${window}`,
          limitUsd: formatUsd(limit),
          wasUsd: formatUsd(was),
          nowUsd: formatUsd(now),
        });
  }
  return breaches;
}

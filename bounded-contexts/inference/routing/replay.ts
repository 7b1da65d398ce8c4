import type { EventData } from '../../../schemas/events/index.ts';
import { costOfTokens, type Nano } from '../../kernel/index.ts';
import { decide } from './decide.ts';
import { conditionsOf, questionOf, type RoutedCall } from './explain.ts';
import type { RoutedModel, RoutingPlan } from './plan.ts';

type Completed = EventData<'invocation.completed'>;

export interface ReplayReport {
  /** Recorded calls that were routed again; those without a recorded decision are only counted. */
  readonly calls: number;
  readonly unroutable: number;
  /** `from tier → to tier`, with the calls that move so; `none`: nobody may answer any more. */
  readonly moves: ReadonlyMap<string, number>;
  readonly models: ReadonlyMap<string, { readonly was: number; readonly now: number }>;
  /** Nano-dollars: as they were paid, and as the first candidate of the new plan would cost with the same tokens. */
  readonly cost: { readonly was: Nano; readonly now: Nano };
  /** Private calls that no local model may answer under the new plan, and those that went outside as it was. */
  readonly privacy: { readonly refused: readonly string[]; readonly outside: readonly string[] };
  /** Spend by scope and day under the new plan: what budgets are held against. */
  readonly spend: ReadonlyMap<string, { readonly was: Nano; readonly now: Nano }>;
}

export interface Replay {
  add(call: Completed): void;
  report(): ReplayReport;
}

const mostNamed = 20;

/**
 * Routes recorded calls by another plan, without calling any model: each under the conditions that it saw then.
 * A call that stays with its model costs what it cost; one that moves costs its recorded tokens at the new
 * model's list price, cached tokens at the full one.
 */
export function replay(plan: RoutingPlan): Replay {
  let calls = 0;
  let unroutable = 0;
  const moves = new Map<string, number>();
  const models = new Map<string, { was: number; now: number }>();
  const cost = { was: 0n, now: 0n };
  const refused: string[] = [];
  const outside: string[] = [];
  const spend = new Map<string, { was: Nano; now: Nano }>();

  const count = (id: string, when: 'was' | 'now') => {
    const one = models.get(id) ?? { was: 0, now: 0 };
    one[when]++;
    models.set(id, one);
  };

  return {
    add(call) {
      if (!call.decision) {
        unroutable++;
        return;
      }
      calls++;
      // A tenant that becomes private makes all its calls so; departments are known to the vault only.
      const isPrivate = call.private || plan.policy.privacy.tenant;
      const routed: RoutedCall = { ...call, private: isPrivate, decision: call.decision };
      const [first] = decide(questionOf(routed), plan, conditionsOf(routed)).candidates;
      const model = first && plan.models.get(first.model);
      const move = `${call.tier} → ${model ? model.tier : 'none'}`;
      moves.set(move, (moves.get(move) ?? 0) + 1);
      count(call.model, 'was');
      if (model) count(model.id, 'now');
      const was = BigInt(call.cost);
      const now = costAt(model, call, was);
      cost.was += was;
      cost.now += now;
      if (isPrivate && !model && refused.length < mostNamed) refused.push(call.invocation);
      const before = plan.models.get(call.model);
      if (isPrivate && before && !before.local && outside.length < mostNamed) outside.push(call.invocation);
      for (const scope of call.scopes) {
        const key = `${scope} ${call.day}`;
        const sum = spend.get(key) ?? { was: 0n, now: 0n };
        sum.was += was;
        sum.now += now;
        spend.set(key, sum);
      }
    },
    report: () => ({ calls, unroutable, moves, models, cost, privacy: { refused, outside }, spend }),
  };
}

function costAt(model: RoutedModel | undefined, call: Completed, was: Nano): Nano {
  if (!model) return 0n;
  if (model.id === call.model) return was;
  return costOfTokens(call.input, model.price.input) + costOfTokens(call.output, model.price.output);
}

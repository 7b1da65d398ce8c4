import { DaybookError } from '../../schemas/errors.ts';
import type { RecordedDecision } from '../../schemas/events/index.ts';
import type { Call, Candidate, Routed } from './call.ts';
import type { Catalogue } from './catalogue.ts';
import {
  type Breakers,
  type Choice,
  type Conditions,
  decide,
  notAllowed,
  type Question,
  type RoutingPlan,
} from './routing/index.ts';

export interface RoutePorts {
  readonly catalogue: () => Catalogue;
  /** The plan that is published for this catalogue and policy. */
  readonly plan: () => RoutingPlan;
  readonly breakers: Breakers;
  /** Providers whose last health check failed. */
  readonly down: () => readonly string[];
  readonly latencies: Latencies;
}

/** How long models take to their first token, lately, as this gateway saw it. */
export interface Latencies {
  observe(model: string, ms: number): void;
  of(model: string): number | undefined;
}

/** A moving average in which the newest measurement weighs a fifth. */
export function latencies(): Latencies {
  const averages = new Map<string, number>();
  return {
    observe(model, ms) {
      const before = averages.get(model);
      averages.set(model, Math.round((before === undefined ? ms : before * 0.8 + ms * 0.2) * 100) / 100);
    },
    of: (model) => averages.get(model),
  };
}

/** Who may answer. Throws `model.not-found` where nobody has that name; what is excluded is in the decision. */
export function route(ports: RoutePorts, question: Question, pressure: () => number | undefined): Routed {
  const plan = ports.plan();
  const conditions = conditionsOf(ports, plan, question, pressure);
  const decision = decide(question, plan, conditions);
  if (decision.candidates.length === 0 && decision.excluded.length === 0) {
    throw new DaybookError(
      'model.not-found',
      `The model ${JSON.stringify(question.model)} does not exist; GET /v1/models lists those that do.`,
      { param: 'model' },
    );
  }
  const { models } = ports.catalogue();
  const candidates = decision.candidates.flatMap(({ model: id, reason }): Candidate[] => {
    const model = models.get(id);
    return model ? [{ model, reason }] : [];
  });
  return { question, plan, conditions, decision, candidates };
}

function conditionsOf(
  { breakers, down, latencies: known }: RoutePorts,
  { policy, models }: RoutingPlan,
  question: Question,
  pressure: () => number | undefined,
): Conditions {
  const measured =
    policy.strategy === 'least-latency'
      ? Object.fromEntries(
          [...models.keys()].flatMap((id) => {
            const ms = known.of(id);
            return ms === undefined ? [] : [[id, ms]];
          }),
        )
      : undefined;
  const used = question.model === 'auto' ? pressure() : undefined;
  return {
    open: breakers.open(),
    down: down(),
    ...(measured ? { latency: measured } : {}),
    ...(used === undefined ? {} : { pressure: used }),
  };
}

/** Why nobody may answer: the circuits are open, or each model was left out for a reason of its own. */
export function nobody({ decision, conditions }: Routed, breakers: Breakers, now: number): DaybookError {
  const allowed = decision.excluded.filter(({ reason }) => reason !== notAllowed);
  if (decision.excluded.length > 0 && allowed.length === 0)
    return new DaybookError('auth.forbidden', 'This key may call no model that would answer this call.', {
      param: 'model',
    });
  const { excluded } = decision;
  if (allowed.length > 0 && allowed.every(({ model }) => conditions.open[model] !== undefined)) {
    const soonest = Math.min(...allowed.map(({ model }) => breakers.probeAt(model) ?? now));
    return new DaybookError('provider.circuit-open', undefined, {
      retryAfterMs: Math.max(1_000, soonest - now),
    });
  }
  const named = excluded.slice(0, 8).map(({ model, reason }) => `${model} (${reason})`);
  return new DaybookError('model.no-candidate', `No model may answer this call: ${named.join('; ')}.`, {
    param: 'model',
  });
}

/** The decision as the call's record keeps it. */
export function recordedDecision({ routed, privacy }: Call, passed: readonly Choice[]): RecordedDecision {
  const { question, plan, conditions, decision } = routed;
  const { needs, chars, maxTokens, allowed, features } = question;
  return {
    plan: plan.version,
    asked: {
      needs: [...needs],
      chars,
      ...(maxTokens === undefined ? {} : { maxTokens }),
      ...(allowed ? { allowed: { models: [...allowed.models], tiers: [...allowed.tiers] } } : {}),
      ...(features ? { features } : {}),
    },
    seen: { ...conditions, down: [...conditions.down] },
    candidates: shortened(decision.candidates),
    excluded: shortened(decision.excluded),
    ...(passed.length > 0 ? { passed: shortened(passed) } : {}),
    ...(privacy === undefined ? {} : { privacy }),
  };
}

/** Of a long catalogue the first are enough to tell the reasons; the rest can be computed again. */
const mostRecorded = 24;

const shortened = (choices: readonly Choice[]) =>
  choices
    .slice(0, mostRecorded)
    .map(({ model, reason }) => ({ model: model.slice(0, 250), reason: reason.slice(0, 500) }));

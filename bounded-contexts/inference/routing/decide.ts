import type { Capability, Operation, Tier } from '../../../schemas/primitives.ts';
import { matches } from '../../kernel/index.ts';
import { complexityOf, type Features } from './complexity.ts';
import { ordered } from './order.ts';
import type { RoutedModel, RoutingPlan } from './plan.ts';

/** What is asked, as far as it decides who answers. */
export interface Question {
  /** As the caller named it. */
  readonly model: string;
  readonly operation: Operation;
  readonly needs: readonly Capability[];
  /** Characters that the model must read, and tokens that it may write; undefined where the caller sets no bound. */
  readonly chars: number;
  readonly maxTokens: number | undefined;
  readonly private: boolean;
  /** What the caller may be answered by: names or patterns of models, and tiers; empty lists allow all. */
  readonly allowed?: { readonly models: readonly string[]; readonly tiers: readonly number[] } | undefined;
  /** Needed by `auto` only. */
  readonly features: Features | undefined;
  /** The invocation's id: what chance is made of. */
  readonly seed: string;
}

/** What varies from call to call outside of the request. Only what bears on the decision needs to be there. */
export interface Conditions {
  /** Models whose circuit is open, with the time (ISO 8601) since when. */
  readonly open: Readonly<Record<string, string>>;
  /** Providers whose last health check failed. */
  readonly down: readonly string[];
  /** Milliseconds to the first token, lately, by model; only where the strategy asks for it. */
  readonly latency?: Readonly<Record<string, number>> | undefined;
  /** The largest share used of a soft budget in force; undefined without any. */
  readonly pressure?: number | undefined;
}

export interface Choice {
  readonly model: string;
  /** Why it stands where it stands, or why it was left out. */
  readonly reason: string;
}

export interface Decision {
  readonly candidates: readonly Choice[];
  readonly excluded: readonly Choice[];
}

/**
 * Who may answer, in the order in which they are tried, and who may not, each with its reason. A pure function
 * of its arguments: the same question under the same plan and conditions has the same answer for ever. Empty
 * candidates and exclusions: nobody has that name.
 */
export function decide(question: Question, plan: RoutingPlan, conditions: Conditions): Decision {
  const candidates: Choice[] = [];
  const excluded: Choice[] = [];
  const seen = new Set<string>();
  const take = (models: readonly RoutedModel[], reasonOf: (index: number) => string) => {
    const late: Choice[] = [];
    models.forEach((model, index) => {
      if (seen.has(model.id)) return;
      seen.add(model.id);
      const against = objection(model, question, conditions);
      if (against !== undefined) excluded.push({ model: model.id, reason: against });
      else if (conditions.down.includes(model.provider))
        late.push({ model: model.id, reason: `${reasonOf(index)}; late: its last health check failed` });
      else candidates.push({ model: model.id, reason: reasonOf(index) });
    });
    candidates.push(...late);
  };

  const wanted = tierOf(question, plan, conditions);
  if (wanted !== undefined) {
    const { tier, reason } = wanted;
    takeTiers(tier, (at) => (at === tier ? reason : `${reason}; then tier ${at}`));
    return { candidates, excluded };
  }
  const exact = plan.models.get(question.model);
  const listed = exact ? undefined : plan.aliases.get(question.model);
  if (exact) {
    take([exact], () => 'named exactly');
    if (plan.policy.exact === 'fail-over')
      takeTiers(exact.tier, (at) => `instead of ${exact.id}: tier ${at}`);
  } else {
    const ids = listed ?? plan.bare.get(question.model) ?? [];
    const models = ids.flatMap((id) => plan.models.get(id) ?? []);
    const what = listed ? `route ${question.model}` : `serves ${question.model}`;
    take(
      ordered(models, question, plan.policy.strategy, conditions),
      (index) => `${what}, choice ${index + 1}`,
    );
  }
  return { candidates, excluded };

  /** Next in the tier, then the one above it, then the best; what is below only where there is nothing else. */
  function takeTiers(from: Tier, reasonOf: (tier: number) => string) {
    const able = [...plan.models.values()].filter(({ operations }) => operations.has(question.operation));
    const real = able.filter(({ provider }) => provider !== 'builtin');
    const pool = real.length > 0 && question.model !== 'tier-0' ? real : able;
    const above = new Set([from, Math.min(3, from + 1), 3]);
    for (const tier of above) {
      const equals = pool.filter((model) => model.tier === tier);
      take(ordered(equals, question, plan.policy.strategy, conditions), () => reasonOf(tier));
    }
    if (candidates.length > 0) return;
    for (const tier of [2, 1, 0].filter((one) => !above.has(one as Tier))) {
      const equals = pool.filter((model) => model.tier === tier);
      take(
        ordered(equals, question, plan.policy.strategy, conditions),
        () => `${reasonOf(tier)}, for want of a better`,
      );
    }
  }
}

/** The tier that the name stands for, and why; undefined where it names models. */
function tierOf(
  { model, features }: Question,
  { policy, aliases }: RoutingPlan,
  { pressure }: Conditions,
): { tier: Tier; reason: string } | undefined {
  // An alias of the file's own wins over our names.
  if (aliases.has(model)) return undefined;
  const named = /^tier-([0-3])$/.exec(model)?.[1];
  if (named !== undefined) return { tier: Number(named) as Tier, reason: `tier ${named} was named` };
  if (model !== 'auto') return undefined;
  const { points, tier, because } = complexityOf(
    features ?? { chars: 0, messages: 0, images: 0, tools: false, json: false, code: false, cues: 0 },
    policy.auto,
  );
  const reason = `${points} points${because.length > 0 ? ` (${because.join(', ')})` : ''}: tier ${tier}`;
  if (pressure === undefined || pressure < policy.downgrade.at || tier === 0 || policy.downgrade.at === 1)
    return { tier, reason };
  // Nothing below tier 2 sees; a request with images keeps its tier.
  if (tier === 2 && (features?.images ?? 0) > 0) return { tier, reason };
  const lower = (tier - 1) as Tier;
  return {
    tier: lower,
    reason: `${reason}; tier ${lower} instead, since ${Math.floor(pressure * 100)} % of a soft budget is used`,
  };
}

/** No tokenizer in use packs more characters than this into a token of ordinary text. */
const charsPerToken = 6;

/** Why a model is left out that the key of the caller may not call. */
export const notAllowed = 'this key may not call it';

/** Whether a model is among those that a key may call. */
export const isAllowed = (
  { models, tiers }: NonNullable<Question['allowed']>,
  { id, tier }: Pick<RoutedModel, 'id' | 'tier'>,
): boolean =>
  (models.length === 0 || models.some((pattern) => matches(pattern, id))) &&
  (tiers.length === 0 || tiers.includes(tier));

function objection(model: RoutedModel, question: Question, { open }: Conditions): string | undefined {
  if (!model.operations.has(question.operation)) return `does not serve ${question.operation}`;
  const { allowed } = question;
  if (allowed && !isAllowed(allowed, model)) return notAllowed;
  if (question.private && !model.local) return 'privacy: it runs outside';
  const lacking = question.needs.find((need) => model.capabilities && !model.capabilities.has(need));
  if (lacking !== undefined) return `cannot do ${lacking}`;
  const { contextTokens } = model;
  if (contextTokens !== undefined) {
    const least = Math.floor(question.chars / charsPerToken);
    if (least > contextTokens) return `reads ${contextTokens} tokens, the request has at least ${least}`;
  }
  const since = open[model.id];
  return since === undefined ? undefined : `its circuit is open since ${since}`;
}

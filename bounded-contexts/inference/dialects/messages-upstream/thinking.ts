import type { Json } from '../translation.ts';
import { unsupported } from './unsupported.ts';

/** Models up to 4.5 think within a budget that they are given; later ones decide for themselves. */
const thinksWithinBudget = (model: string) => /claude-(3|[a-z]+-4(-[0-5])?(-\d{8}|-latest|@|$))/.test(model);

/** Models that always think; little effort is the least that they can be asked for. */
const alwaysThinks = (model: string) => /claude-(fable|mythos|opus-5-5)/.test(model);

const budgets: Readonly<Record<string, number>> = {
  low: 2_048,
  medium: 8_192,
  high: 24_576,
  xhigh: 49_152,
  max: 65_536,
};

/**
 * `reasoning_effort` as Anthropic's `thinking` and `output_config.effort`. Effort is a hint: where the bound of
 * the answer leaves no room for thinking, there is none.
 */
export function thinkingOf(
  effort: unknown,
  model: string,
  maxTokens: number,
): { readonly thinking?: Json; readonly effort?: string } {
  if (effort == null) return {};
  const level = effort === 'minimal' ? 'low' : effort;
  if (level === 'none') {
    if (thinksWithinBudget(model)) return {};
    return alwaysThinks(model) ? { effort: 'low' } : { thinking: { type: 'disabled' } };
  }
  if (typeof level !== 'string' || budgets[level] === undefined)
    unsupported('reasoning_effort', `the model knows no effort ${JSON.stringify(effort)}.`);
  if (!thinksWithinBudget(model)) return { thinking: { type: 'adaptive' }, effort: level };
  const budget = Math.min(budgets[level], Math.floor(maxTokens / 2));
  return budget < 1_024 ? {} : { thinking: { type: 'enabled', budget_tokens: budget } };
}

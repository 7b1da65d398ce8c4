import { createHash } from 'node:crypto';
import type { RoutingPolicy } from '../../../schemas/config/routing.ts';
import { costOfTokens, type Nano } from '../../kernel/index.ts';
import type { Conditions, Question } from './decide.ts';
import type { RoutedModel } from './plan.ts';

/** Equals in the order of the strategy; ties stay in the order of configuration. */
export function ordered(
  models: readonly RoutedModel[],
  question: Question,
  strategy: RoutingPolicy['strategy'],
  { latency = {} }: Conditions,
): readonly RoutedModel[] {
  if (models.length < 2) return models;
  switch (strategy) {
    case 'order':
      return models;
    case 'weighted':
      return sorted(models, (model) => arrival(question.seed, model));
    case 'least-latency':
      // Who was never measured goes first, to be measured.
      return sorted(models, (model) => latency[model.id] ?? 0);
    case 'least-cost': {
      const costs = new Map(models.map((model) => [model, likelyCost(model, question)]));
      return models.toSorted((a, b) => compare(costs.get(a) ?? 0n, costs.get(b) ?? 0n));
    }
    default:
      return strategy satisfies never;
  }
}

const sorted = (models: readonly RoutedModel[], of: (model: RoutedModel) => number) => {
  const keys = new Map(models.map((model) => [model, of(model)]));
  return models.toSorted((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
};

const compare = (a: Nano, b: Nano) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Weighted order without replacement: each model arrives after an exponential time of rate `weight`, drawn from
 * the call's id (Efraimidis and Spirakis, 2006). The first is each one with the probability of its weight.
 */
function arrival(seed: string, { id, weight }: RoutedModel): number {
  const hash = createHash('sha256').update(`${seed} ${id}`).digest();
  const uniform = (hash.readUIntBE(0, 6) + 1) / (2 ** 48 + 1);
  return -Math.log(uniform) / weight;
}

const charsPerToken = 4;

/** For comparison only: about what the call costs at this model, with the answer as long as it may be. */
function likelyCost({ price, defaultMaxTokens }: RoutedModel, { chars, maxTokens }: Question): Nano {
  return (
    costOfTokens(Math.ceil(chars / charsPerToken), price.input) +
    costOfTokens(maxTokens ?? defaultMaxTokens, price.output)
  );
}

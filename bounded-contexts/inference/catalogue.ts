import { createHash } from 'node:crypto';
import type { Capability, Operation, Tier } from '../../schemas/primitives.ts';
import type { DatedPrice, Price } from './pricing.ts';

export interface Model {
  /** `<provider>/<name>`, as callers name it. */
  readonly id: string;
  readonly provider: string;
  /** Its name at the provider. */
  readonly upstream: string;
  readonly tier: Tier;
  /** In force when the catalogue was made. */
  readonly price: Price;
  /** All its prices by the day (UTC) from which each is in force, where they change with time. */
  readonly prices?: readonly DatedPrice[];
  readonly defaultMaxTokens: number;
  readonly maxOutputTokens: number | undefined;
  /** The field of a chat completion request that bounds its output where the caller sets none. */
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens';
  /** Input and output together; undefined where unknown, then no request is too long for it. */
  readonly contextTokens: number | undefined;
  /** What it can do; undefined where unknown, then it is trusted with anything. */
  readonly capabilities: ReadonlySet<Capability> | undefined;
  /** What can be asked of it, by itself or by translation. */
  readonly operations: ReadonlySet<Operation>;
  /** Of these, what is carried over its chat completions although its provider speaks it: this model does not. */
  readonly overChat?: ReadonlySet<Operation>;
  /** It runs on machines of our own: the only kind that privacy mode allows. */
  readonly local: boolean;
  /** Its share among equals of a tier or a route. */
  readonly weight: number;
}

/** All models that can be called, the aliases for lists of them, and the version of their prices. */
export interface Catalogue {
  readonly models: ReadonlyMap<string, Model>;
  readonly aliases: ReadonlyMap<string, readonly string[]>;
  /** Bare names (without provider) that exactly one or more models answer to, in order of configuration. */
  readonly bare: ReadonlyMap<string, readonly string[]>;
  readonly priceVersion: string;
}

export function catalogueOf(
  models: readonly Model[],
  aliases: ReadonlyMap<string, readonly string[]>,
): Catalogue {
  const byId = new Map(models.map((model) => [model.id, model]));
  const bare = new Map<string, string[]>();
  for (const { id, provider } of byId.values()) {
    const name = id.slice(provider.length + 1);
    bare.set(name, [...(bare.get(name) ?? []), id]);
  }
  return { models: byId, aliases, bare, priceVersion: priceVersionOf([...byId.values()]) };
}

/** A hash of what every model costs: equal prices have equal versions, wherever they are computed. */
function priceVersionOf(models: readonly Model[]): string {
  const lines = models
    .map(({ id, price }) => `${id} ${price.input} ${price.cachedInput} ${price.cacheWrite} ${price.output}`)
    .sort();
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
}

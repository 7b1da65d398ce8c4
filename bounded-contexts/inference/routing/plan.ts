import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { type RoutingPolicy, type routedModel, routingSchema } from '../../../schemas/config/routing.ts';
import type { Operation, Tier } from '../../../schemas/primitives.ts';
import type { Nano } from '../../kernel/index.ts';
import type { Catalogue, Model } from '../catalogue.ts';

/** A model as far as routing looks at it. */
export interface RoutedModel {
  readonly id: string;
  readonly provider: string;
  readonly tier: Tier;
  readonly local: boolean;
  readonly weight: number;
  readonly operations: ReadonlySet<Operation>;
  readonly capabilities: ReadonlySet<string> | undefined;
  readonly contextTokens: number | undefined;
  readonly defaultMaxTokens: number;
  /** Nano-dollars per million tokens. */
  readonly price: { readonly input: Nano; readonly output: Nano };
}

/** All that routing decides by and that does not change from call to call. */
export interface RoutingPlan {
  /** A hash of all of it: equal plans have equal versions, wherever they are computed. */
  readonly version: string;
  readonly policy: RoutingPolicy;
  readonly models: ReadonlyMap<string, RoutedModel>;
  readonly aliases: ReadonlyMap<string, readonly string[]>;
  readonly bare: ReadonlyMap<string, readonly string[]>;
}

type PublishedModel = z.infer<typeof routedModel>;

/** What `routing.published` carries. */
export interface PublishedPlan {
  readonly version: string;
  readonly policy: RoutingPolicy;
  readonly models: readonly PublishedModel[];
  readonly aliases: Readonly<Record<string, readonly string[]>>;
}

const publishedOf = (model: Model): PublishedModel => ({
  id: model.id,
  provider: model.provider,
  tier: model.tier,
  local: model.local,
  weight: model.weight,
  operations: [...model.operations],
  ...(model.capabilities ? { capabilities: [...model.capabilities].sort() } : {}),
  ...(model.contextTokens === undefined ? {} : { contextTokens: model.contextTokens }),
  defaultMaxTokens: model.defaultMaxTokens,
  price: [model.price.input.toString(), model.price.output.toString()],
});

/** The plan that a catalogue and a policy make, in the form that goes on the log. */
export function publishablePlan(catalogue: Catalogue, policy: RoutingPolicy): PublishedPlan {
  const models = [...catalogue.models.values()].map(publishedOf);
  const aliases = Object.fromEntries(catalogue.aliases);
  const version = createHash('sha256')
    .update(JSON.stringify([policy, models, aliases]))
    .digest('hex')
    .slice(0, 16);
  return { version, policy, models, aliases };
}

/** The plan of a `routing.published`. Fields that the policy did not have when it was published take their defaults. */
export function planOf({ version, policy, models, aliases }: PublishedPlan): RoutingPlan {
  const routed = models.map(
    (model): RoutedModel => ({
      ...model,
      operations: new Set(model.operations as Operation[]),
      capabilities: model.capabilities && new Set(model.capabilities),
      contextTokens: model.contextTokens,
      price: { input: BigInt(model.price[0]), output: BigInt(model.price[1]) },
    }),
  );
  const bare = new Map<string, string[]>();
  for (const { id, provider } of routed) {
    const name = id.slice(provider.length + 1);
    bare.set(name, [...(bare.get(name) ?? []), id]);
  }
  return {
    version,
    policy: routingSchema.parse(policy),
    models: new Map(routed.map((model) => [model.id, model])),
    aliases: new Map(Object.entries(aliases)),
    bare,
  };
}

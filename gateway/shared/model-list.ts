import type { Principal } from '../../bounded-contexts/identity/index.ts';
import { type Catalogue, isAllowed, type Model } from '../../bounded-contexts/inference/index.ts';
import { formatUsd } from '../../bounded-contexts/kernel/index.ts';

/** Names that leave the choice of a model to the router; an alias of the same name wins. */
const routed = ['auto', 'tier-0', 'tier-1', 'tier-2', 'tier-3'] as const;

/** The catalogue as far as a caller may call it; an alias is left where any of its models is. */
export function callableBy(principal: Pick<Principal, 'models' | 'tiers'>, catalogue: Catalogue): Catalogue {
  if (principal.models.length + principal.tiers.length === 0) return catalogue;
  const models = new Map([...catalogue.models].filter(([, model]) => isAllowed(principal, model)));
  const aliases = [...catalogue.aliases].flatMap(([alias, ids]): [string, readonly string[]][] => {
    const left = ids.filter((id) => models.has(id));
    return left.length === 0 ? [] : [[alias, left]];
  });
  return { ...catalogue, models, aliases: new Map(aliases) };
}

/** All names that can be called: aliases first, then the router's own, then `provider/model`. */
export const idsOf = ({ aliases, models }: Catalogue): readonly string[] => [
  ...aliases.keys(),
  ...routed.filter((name) => !aliases.has(name)),
  ...models.keys(),
];

/** The model of a name, the first choice of an alias. */
export const modelOf = ({ aliases, models }: Catalogue, id: string): Model | undefined =>
  models.get(aliases.get(id)?.[0] ?? id);

/** What Daybook tells of a model beside what its dialect does; official clients pass over it. */
export const moreOf = (model: Model) => ({
  tier: model.tier,
  local: model.local,
  context_tokens: model.contextTokens ?? null,
  max_output_tokens: model.maxOutputTokens ?? null,
  operations: [...model.operations],
  capabilities: model.capabilities ? [...model.capabilities] : null,
  price_usd_per_million_tokens: {
    input: formatUsd(model.price.input),
    cached_input: formatUsd(model.price.cachedInput),
    cache_write: formatUsd(model.price.cacheWrite),
    output: formatUsd(model.price.output),
  },
});

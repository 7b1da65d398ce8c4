import {
  type Model,
  type ModelFacts,
  type Price,
  type Provider,
  priceAt,
  translationOf,
} from '../../bounded-contexts/inference/index.ts';
import { parseUsd } from '../../bounded-contexts/kernel/index.ts';
import type { FileConfig, PriceConfig, ProviderConfig } from '../../schemas/config/file.ts';
import { type Operation, operations, type Tier } from '../../schemas/primitives.ts';
import { cautious, type Listed, listedModel } from './list-prices.ts';

export const free: PriceConfig = { input: '0', output: '0' };
const defaultMaxTokens = 4096;

export const priceOf = ({ input, cachedInput, cacheWrite, output }: PriceConfig): Price => ({
  input: parseUsd(input),
  cachedInput: parseUsd(cachedInput ?? input),
  cacheWrite: parseUsd(cacheWrite ?? input),
  output: parseUsd(output),
});

/** Dialects for the same thing: a chat model of a provider that speaks them natively answers in them, too. */
const conversation: ReadonlySet<Operation> = new Set(['messages', 'count-tokens', 'responses']);

/**
 * What can be asked of a model of `provider` that is for `offered` (default: for all that its provider speaks):
 * that, and what a translation carries over its chat completions.
 */
export function operationsOf({ serves }: Provider, offered?: Iterable<Operation>): ReadonlySet<Operation> {
  const own = new Set(offered ?? serves);
  const translated = (one: Operation) =>
    serves.has('chat') && own.has('chat') && translationOf(one) !== undefined;
  const spoken = (one: Operation) =>
    serves.has(one) && (own.has(one) || (own.has('chat') && conversation.has(one)));
  return new Set(operations.filter((one) => spoken(one) || translated(one)));
}

/** What its provider speaks, and this model does not: that is carried over its chat completions. */
function overChatOf({ serves }: Provider, offered: Iterable<Operation> | undefined): ReadonlySet<Operation> {
  if (offered === undefined) return new Set();
  const own = new Set(offered);
  return new Set(
    [...serves].filter(
      (one) => own.has('chat') && !own.has(one) && !conversation.has(one) && translationOf(one) !== undefined,
    ),
  );
}

/** Loopback, private ranges (RFC 1918, RFC 4193), link-local, and names without a public suffix. */
export function isLocalAddress(baseUrl: string): boolean {
  const host = new URL(baseUrl).hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (host.includes(':')) return host === '::1' || /^f[cd]/.test(host) || /^fe[89ab]/.test(host);
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host))
    return /^(127\.|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.)/.test(host);
  return !host.includes('.') || /\.(local|internal|lan|home\.arpa|localhost)$/.test(host);
}

/** The list that a provider's prices are in. */
const bookOf = ({ kind, id }: ProviderConfig): string =>
  kind === 'openai' || kind === 'anthropic' ? kind : id;

/** A vision model on one's own machine is a tier of its own. */
function tierOf(config: ProviderConfig, facts: ModelFacts, listed: Listed | undefined): Tier {
  if (listed?.tier !== undefined) return listed.tier;
  return config.kind === 'ollama' && config.tier === 0 && facts.capabilities?.has('vision') ? 2 : config.tier;
}

/** What a provider and its list say of a model, before any configuration of its own. */
function plainModel(facts: ModelFacts, config: ProviderConfig, provider: Provider): Omit<Model, 'price'> {
  const listed = listedModel(bookOf(config), facts.name);
  return {
    id: `${config.id}/${facts.name}`,
    provider: config.id,
    upstream: facts.name,
    tier: tierOf(config, facts, listed),
    defaultMaxTokens: Math.min(defaultMaxTokens, listed?.maxOutputTokens ?? defaultMaxTokens),
    maxOutputTokens: listed?.maxOutputTokens,
    maxTokensField:
      config.maxTokensField ?? (config.kind === 'openai' ? 'max_completion_tokens' : 'max_tokens'),
    contextTokens: facts.contextTokens ?? listed?.contextTokens,
    capabilities: facts.capabilities ?? (listed?.capabilities && new Set(listed.capabilities)),
    operations: operationsOf(provider, facts.operations),
    overChat: overChatOf(provider, facts.operations),
    local: config.local ?? isLocalAddress(config.baseUrl),
    weight: 1,
  };
}

/**
 * A model as the file configures it, on a provider of the file or of the environment. What the file leaves open
 * is as `facts`, the provider's own words, and its list say; the price is the one in force at `at` (Unix ms).
 */
export function configuredModel(
  one: FileConfig['models'][number],
  config: ProviderConfig,
  provider: Provider,
  facts: ModelFacts | undefined,
  at: number,
): Model {
  const prices = [
    { from: undefined, price: priceOf(one.price) },
    ...one.prices.map(({ from, ...price }) => ({ from, price: priceOf(price) })),
  ];
  const upstream = one.upstream ?? one.name;
  const plain = plainModel(facts ?? { name: upstream }, config, provider);
  return {
    ...plain,
    id: `${one.provider}/${one.name}`,
    upstream,
    tier: one.tier ?? plain.tier,
    price: priceAt(prices, at) ?? priceOf(one.price),
    ...(prices.length > 1 ? { prices } : {}),
    defaultMaxTokens: one.defaultMaxTokens,
    maxOutputTokens: one.maxOutputTokens ?? plain.maxOutputTokens,
    contextTokens: one.contextTokens ?? plain.contextTokens,
    capabilities: one.capabilities ? new Set(one.capabilities) : plain.capabilities,
    operations: one.operations ? operationsOf(provider, one.operations) : plain.operations,
    overChat: overChatOf(provider, one.operations ?? facts?.operations),
    weight: one.weight,
  };
}

/** The price of a model that the file does not list: its provider's, its list's, or undefined. */
export const knownPrice = (name: string, config: ProviderConfig): PriceConfig | undefined =>
  config.price ?? listedModel(bookOf(config), name)?.price;

/**
 * A model that its provider lists and the file does not. It is asked for no more than its list price holds for:
 * what is beyond that is charged otherwise.
 */
export function discoveredModel(facts: ModelFacts, config: ProviderConfig, provider: Provider): Model {
  const plain = plainModel(facts, config, provider);
  const priced = config.price ? undefined : listedModel(bookOf(config), facts.name)?.contextTokens;
  const lengths = [plain.contextTokens, priced].filter((one) => one !== undefined);
  return {
    ...plain,
    contextTokens: lengths.length === 0 ? undefined : Math.min(...lengths),
    price: priceOf(knownPrice(facts.name, config) ?? cautious),
  };
}

/** A model of the provider that is always there. */
export const builtinModel = (facts: ModelFacts, provider: Provider): Model => ({
  id: `builtin/${facts.name}`,
  provider: 'builtin',
  upstream: facts.name,
  tier: 0,
  price: priceOf(free),
  defaultMaxTokens,
  maxOutputTokens: undefined,
  maxTokensField: 'max_tokens',
  contextTokens: undefined,
  capabilities: new Set(),
  operations: operationsOf(provider, facts.operations),
  local: true,
  weight: 1,
});

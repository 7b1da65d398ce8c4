import {
  type Model,
  type ModelFacts,
  type Price,
  type Provider,
  translationOf,
} from '../../bounded-contexts/inference/index.ts';
import { parseUsd } from '../../bounded-contexts/kernel/index.ts';
import type { FileConfig, PriceConfig, ProviderConfig } from '../../schemas/config/file.ts';
import { type Operation, operations } from '../../schemas/primitives.ts';

export const free: PriceConfig = { input: '0', output: '0' };
const defaultMaxTokens = 4096;

export const priceOf = ({ input, cachedInput, cacheWrite, output }: PriceConfig): Price => ({
  input: parseUsd(input),
  cachedInput: parseUsd(cachedInput ?? input),
  cacheWrite: parseUsd(cacheWrite ?? input),
  output: parseUsd(output),
});

/** What can be asked of a provider: what it speaks, and what a translation carries over its chat completions. */
export function operationsOf({ serves }: Provider): ReadonlySet<Operation> {
  const translated = (operation: Operation) => serves.has('chat') && translationOf(operation) !== undefined;
  return new Set(operations.filter((one) => serves.has(one) || translated(one)));
}

/** Loopback, private ranges (RFC 1918, RFC 4193), link-local, and names without a public suffix. */
export function isLocalAddress(baseUrl: string): boolean {
  const host = new URL(baseUrl).hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (host.includes(':')) return host === '::1' || /^f[cd]/.test(host) || /^fe[89ab]/.test(host);
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host))
    return /^(127\.|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.)/.test(host);
  return !host.includes('.') || /\.(local|internal|lan|home\.arpa|localhost)$/.test(host);
}

/** A model as the file configures it, on a provider of the file or of the environment. */
export function configuredModel(
  one: FileConfig['models'][number],
  config: ProviderConfig,
  provider: Provider,
): Model {
  const able = operationsOf(provider);
  return {
    id: `${one.provider}/${one.name}`,
    provider: one.provider,
    upstream: one.upstream ?? one.name,
    tier: one.tier ?? config.tier,
    price: priceOf(one.price),
    defaultMaxTokens: one.defaultMaxTokens,
    maxOutputTokens: one.maxOutputTokens,
    maxTokensField: config.maxTokensField,
    contextTokens: one.contextTokens,
    capabilities: one.capabilities && new Set(one.capabilities),
    operations: one.operations ? new Set(one.operations) : able,
    local: config.local ?? isLocalAddress(config.baseUrl),
    weight: one.weight,
  };
}

/** A model that its provider lists and the file does not. */
export function discoveredModel(
  facts: ModelFacts,
  config: ProviderConfig,
  provider: Provider,
  price: PriceConfig,
): Model {
  const able = operationsOf(provider);
  return {
    id: `${config.id}/${facts.name}`,
    provider: config.id,
    upstream: facts.name,
    tier: config.tier,
    price: priceOf(price),
    defaultMaxTokens,
    maxOutputTokens: undefined,
    maxTokensField: config.maxTokensField,
    contextTokens: facts.contextTokens,
    capabilities: facts.capabilities,
    operations: facts.operations
      ? new Set([...facts.operations].filter((operation) => able.has(operation)))
      : able,
    local: config.local ?? isLocalAddress(config.baseUrl),
    weight: 1,
  };
}

export const builtinModel = (provider: Provider): Model => ({
  id: 'builtin/extractive',
  provider: 'builtin',
  upstream: 'extractive',
  tier: 0,
  price: priceOf(free),
  defaultMaxTokens,
  maxOutputTokens: undefined,
  maxTokensField: 'max_tokens',
  contextTokens: undefined,
  capabilities: new Set(),
  operations: operationsOf(provider),
  local: true,
  weight: 1,
});

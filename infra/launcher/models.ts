import {
  type Catalogue,
  catalogueOf,
  type Model,
  type Provider,
} from '../../bounded-contexts/inference/index.ts';
import type { Environment } from '../../schemas/config/environment.ts';
import type { FileConfig, PriceConfig, ProviderConfig } from '../../schemas/config/file.ts';
import { extractive, openAiCompatible } from '../providers/index.ts';
import { builtinModel, configuredModel, discoveredModel, free } from './model-of.ts';

export interface Models {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly catalogue: () => Catalogue;
  /** Asks the providers that are to be discovered; resolves when all have answered or failed. */
  readonly discover: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * US dollars per million tokens of models that many use, from the provider's public list (2026-11); the file
 * overrides them. A model that no list prices is charged at `cautious`, never at nothing.
 */
const listed: Readonly<Record<string, PriceConfig>> = {
  'openai/gpt-4o': { input: '2.5', cachedInput: '1.25', output: '10' },
  'openai/gpt-4o-mini': { input: '0.15', cachedInput: '0.075', output: '0.6' },
  'openai/gpt-4.1': { input: '2', cachedInput: '0.5', output: '8' },
  'openai/gpt-4.1-mini': { input: '0.4', cachedInput: '0.1', output: '1.6' },
  'openai/gpt-4.1-nano': { input: '0.1', cachedInput: '0.025', output: '0.4' },
  'openai/gpt-5': { input: '1.25', cachedInput: '0.125', output: '10' },
  'openai/gpt-5-mini': { input: '0.25', cachedInput: '0.025', output: '2' },
};
const cautious: PriceConfig = { input: '10', output: '40' };

const discoveryMs = 5_000;

const timeouts = { connectMs: 5_000, firstByteMs: 60_000, betweenBytesMs: 30_000 };

/** The providers that the environment alone names, by the variables that their own tools read. */
export function providersOf(env: Environment): ProviderConfig[] {
  const provider = (
    id: string,
    tier: 0 | 1 | 3,
    baseUrl: string,
    more: Partial<ProviderConfig> = {},
  ): ProviderConfig => ({
    id,
    kind: 'openai-compatible',
    baseUrl,
    tier,
    discover: true,
    maxTokensField: 'max_tokens',
    timeouts,
    ...more,
  });
  const versioned = (url: string) => (/\/v\d+\/?$/.test(url) ? url : `${url.replace(/\/$/, '')}/v1`);
  const key = (apiKey: string | undefined) => (apiKey === undefined ? {} : { apiKey });
  const found: ProviderConfig[] = [];
  if (env.OPENAI_API_KEY !== undefined || env.OPENAI_BASE_URL !== undefined) {
    const maxTokensField = env.OPENAI_BASE_URL === undefined ? 'max_completion_tokens' : 'max_tokens';
    found.push(
      provider('openai', 3, env.OPENAI_BASE_URL ?? 'https://api.openai.com/v1', {
        ...key(env.OPENAI_API_KEY),
        maxTokensField,
      }),
    );
  }
  if (env.FIREWORKS_API_KEY !== undefined) {
    found.push(provider('fireworks', 1, 'https://api.fireworks.ai/inference/v1', key(env.FIREWORKS_API_KEY)));
  }
  if (env.TOGETHER_API_KEY !== undefined) {
    found.push(provider('together', 1, 'https://api.together.xyz/v1', key(env.TOGETHER_API_KEY)));
  }
  if (env.OLLAMA_HOST !== undefined) {
    const host = /^https?:/.test(env.OLLAMA_HOST) ? env.OLLAMA_HOST : `http://${env.OLLAMA_HOST}`;
    const url = new URL(host);
    if (url.port === '' && url.protocol === 'http:') url.port = '11434';
    found.push(provider('ollama', 0, versioned(url.toString()), { price: free }));
  }
  if (env.JAN_URL !== undefined) found.push(provider('jan', 0, versioned(env.JAN_URL), { price: free }));
  return found;
}

/** The adapter for what a provider speaks. */
function providerOf({ id, baseUrl, apiKey, timeouts: limits }: ProviderConfig): Provider {
  return openAiCompatible({ id, baseUrl, apiKey, ...limits });
}

/** All providers and models that configuration names, `builtin/extractive`, and whatever is discovered. */
export function modelsOf(
  env: Environment,
  file: FileConfig,
  clock: () => number,
  onProblem: (provider: string, error: unknown) => void,
): Models {
  const configured = [
    ...file.providers,
    ...providersOf(env).filter((one) => !file.providers.some(({ id }) => id === one.id)),
  ];
  const byId = new Map(configured.map((one) => [one.id, one]));
  const builtin = extractive(clock);
  const providers = new Map<string, Provider>([['builtin', builtin]]);
  for (const one of configured) providers.set(one.id, providerOf(one));

  const fixed = file.models.flatMap((one): Model[] => {
    const config = byId.get(one.provider);
    const provider = providers.get(one.provider);
    return config && provider ? [configuredModel(one, config, provider)] : [];
  });
  const discovered = new Map<string, Model[]>();
  const aliases = new Map(file.routes.map((route) => [route.alias, route.models]));
  const make = () => {
    const named = new Set(fixed.map((one) => one.id));
    const found = [...discovered.values()].flat().filter((one) => !named.has(one.id));
    return catalogueOf([...fixed, ...found, builtinModel(builtin)], aliases);
  };
  let catalogue = make();

  async function discover(): Promise<void> {
    await Promise.all(
      configured
        .filter((one) => one.discover)
        .map(async (one) => {
          try {
            const provider = providers.get(one.id);
            if (!provider) return;
            const offered = await provider.models(AbortSignal.timeout(discoveryMs));
            discovered.set(
              one.id,
              offered.map((facts) => {
                const price = one.price ?? listed[`${one.id}/${facts.name}`] ?? cautious;
                return discoveredModel(facts, one, provider, price);
              }),
            );
          } catch (error) {
            onProblem(one.id, error);
          }
        }),
    );
    catalogue = make();
  }

  return {
    providers,
    catalogue: () => catalogue,
    discover,
    close: async () => {
      await Promise.all([...providers.values()].map((provider) => provider.close()));
    },
  };
}

import {
  type Catalogue,
  catalogueOf,
  type Model,
  type ModelFacts,
  type Provider,
} from '../../bounded-contexts/inference/index.ts';
import type { Environment } from '../../schemas/config/environment.ts';
import { type FileConfig, type ProviderConfig, secretNamed } from '../../schemas/config/file.ts';
import {
  anthropic,
  builtin,
  builtinModels,
  ollama,
  openAiCompatible,
  openAiOperations,
} from '../providers/index.ts';
import { cautious } from './list-prices.ts';
import { builtinModel, configuredModel, discoveredModel, isLocalAddress, knownPrice } from './model-of.ts';
import { providersOf } from './presets.ts';

export interface Models {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly catalogue: () => Catalogue;
  /** Whether a provider may be asked for its models and its health: in privacy mode only local ones. */
  readonly mayAsk: (provider: string) => boolean;
  /** Asks the providers that are to be discovered; resolves when all have answered or failed. */
  readonly discover: () => Promise<void>;
  /** What whoever starts Daybook should know about prices. */
  readonly notices: () => readonly string[];
  /** The secret has another value: its providers are asked with it from now on. */
  readonly rekey: (secret: string) => void;
  readonly close: () => Promise<void>;
}

const discoveryMs = 5_000;

/** The adapter for what a provider speaks. */
function providerOf({ id, kind, baseUrl, apiKey, operations, timeouts }: ProviderConfig): Provider {
  const options = { id, baseUrl, apiKey, ...timeouts };
  switch (kind) {
    case 'anthropic':
      return anthropic(options);
    case 'ollama':
      return ollama(options);
    case 'openai':
      return openAiCompatible({ ...options, operations: operations ?? openAiOperations });
    case 'openai-compatible':
      return openAiCompatible({ ...options, operations: operations ?? compatibleOperations });
  }
}

/** What most services that imitate OpenAI's API serve; configuration says where one serves more or less. */
const compatibleOperations = ['chat', 'completions', 'embeddings', 'rerank'] as const;

/** All providers and models that configuration names, those of `builtin`, and whatever is discovered. */
export function modelsOf(
  env: Environment,
  file: FileConfig,
  clock: () => number,
  onProblem: (provider: string, error: unknown) => void,
  secretOf: (name: string) => string | undefined = () => undefined,
): Models {
  const configured = [
    ...file.providers,
    ...providersOf(env).filter((one) => !file.providers.some(({ id }) => id === one.id)),
  ];
  const byId = new Map(configured.map((one) => [one.id, one]));
  const own = builtin(clock);
  const ownModels = builtinModels.map((facts) => builtinModel(facts, own));
  const providers = new Map<string, Provider>([['builtin', own]]);
  const make = (config: ProviderConfig): Provider => {
    const secret = secretNamed(config.apiKey);
    if (secret === undefined) return providerOf(config);
    const { apiKey: _, ...rest } = config;
    const value = secretOf(secret);
    return providerOf(value === undefined ? rest : { ...rest, apiKey: value });
  };
  for (const one of configured) providers.set(one.id, make(one));

  const offered = new Map<string, readonly ModelFacts[]>();
  const aliases = new Map(file.routes.map((route) => [route.alias, route.models]));
  const fixed = (): Model[] =>
    file.models.flatMap((one): Model[] => {
      const config = byId.get(one.provider);
      const provider = providers.get(one.provider);
      const facts = offered.get(one.provider)?.find(({ name }) => name === (one.upstream ?? one.name));
      return config && provider ? [configuredModel(one, config, provider, facts, clock())] : [];
    });
  const listed = new Set(file.models.map((one) => `${one.provider}/${one.name}`));
  const discovered = () =>
    configured.flatMap((config) =>
      (offered.get(config.id) ?? [])
        .filter(({ name }) => !listed.has(`${config.id}/${name}`))
        .map((facts) => ({ config, facts })),
    );
  const list = () =>
    catalogueOf(
      [
        ...fixed(),
        ...discovered().flatMap(({ config, facts }) => {
          const provider = providers.get(config.id);
          return provider ? [discoveredModel(facts, config, provider)] : [];
        }),
        ...ownModels,
      ],
      aliases,
    );
  let catalogue = list();

  // In privacy mode nothing outside is asked for anything, not even for its name's address.
  const mayAsk = (config: ProviderConfig) =>
    !file.routing.privacy.tenant || (config.local ?? isLocalAddress(config.baseUrl));

  async function discover(): Promise<void> {
    await Promise.all(
      configured
        .filter((one) => one.discover && mayAsk(one))
        .map(async ({ id }) => {
          try {
            const found = await providers.get(id)?.models(AbortSignal.timeout(discoveryMs));
            if (found) offered.set(id, found);
          } catch (error) {
            onProblem(id, error);
          }
        }),
    );
    catalogue = list();
  }

  return {
    providers,
    rekey(secret) {
      for (const config of configured.filter(({ apiKey }) => secretNamed(apiKey) === secret)) {
        const before = providers.get(config.id);
        providers.set(config.id, make(config));
        // Calls in flight end with the key that they began with.
        if (before) setTimeout(() => void before.close(), file.limits.callMs).unref();
      }
    },
    mayAsk: (id) => {
      const config = byId.get(id);
      return config === undefined || mayAsk(config);
    },
    catalogue: () => catalogue,
    discover,
    notices() {
      const unpriced = new Map<string, number>();
      for (const { config, facts } of discovered()) {
        if (knownPrice(facts.name, config)) continue;
        unpriced.set(config.id, (unpriced.get(config.id) ?? 0) + 1);
      }
      return [...unpriced].map(
        ([id, count]) =>
          `${count} ${count === 1 ? 'model' : 'models'} of ${id} ${count === 1 ? 'has' : 'have'} no known price and ${count === 1 ? 'is' : 'are'} charged at ${cautious.input} and ${cautious.output} US dollars a million tokens: give a price under models, or one for the provider, in daybook.yaml.`,
      );
    },
    close: async () => {
      await Promise.all([...providers.values()].map((provider) => provider.close()));
    },
  };
}

/** The secrets that keys of providers refer to. */
export const secretsIn = ({ providers }: FileConfig): string[] => [
  ...new Set(providers.flatMap(({ apiKey }) => secretNamed(apiKey) ?? [])),
];

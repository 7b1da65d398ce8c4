import { defaultTenant } from '../../bounded-contexts/identity/index.ts';
import {
  type Catalogue,
  latencies,
  planOf,
  publishablePlan,
  publishPlan,
  publishPriceBook,
  type RoutePorts,
  type RoutingPlan,
  type SlotLimits,
  type Slots,
  slotsOf,
  startBreakers,
} from '../../bounded-contexts/inference/index.ts';
import type { Clock, EventLog, FactWriter } from '../../bounded-contexts/kernel/index.ts';
import type { FileConfig } from '../../schemas/config/file.ts';
import type { Models } from './models.ts';
import { type ProviderHealth, watchProviders } from './provider-health.ts';

export interface Routing extends RoutePorts {
  readonly slots: Slots;
  readonly health: ProviderHealth;
  /** Puts prices and plan on the log where they are not the last ones there. */
  publish(): Promise<void>;
  stop(): Promise<void>;
}

export interface RoutingOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly facts: FactWriter;
  readonly models: Models;
  readonly file: FileConfig;
  readonly instance: string;
  readonly onError: (what: string, error: unknown) => void;
}

/** All that decides where calls go: the plan of catalogue and policy, breakers, health, limits. */
export async function startRouting(options: RoutingOptions): Promise<Routing> {
  const { log, clock, facts, models, file, instance, onError } = options;
  const policy = file.routing;
  let made: { readonly of: Catalogue; readonly plan: RoutingPlan } | undefined;
  const plan = () => {
    const catalogue = models.catalogue();
    if (made?.of !== catalogue) made = { of: catalogue, plan: planOf(publishablePlan(catalogue, policy)) };
    return made.plan;
  };
  const breakers = startBreakers({
    log,
    clock,
    home: defaultTenant,
    actor: `gateway:${instance}`,
    settings: () => policy.breaker,
    onError: (error) => onError('breakers', error),
  });
  const limits = new Map<string, SlotLimits>();
  for (const { id, concurrency } of file.providers) if (concurrency) limits.set(id, concurrency);
  await breakers.ready;
  const health = watchProviders({
    providers: models.providers,
    mayCheck: models.mayAsk,
    settings: policy.health,
    clock,
    facts,
    home: defaultTenant,
    onError: (error) => onError('provider health', error),
  });
  return {
    catalogue: models.catalogue,
    plan,
    breakers,
    down: health.down,
    latencies: latencies(),
    slots: slotsOf(limits),
    health,
    async publish() {
      const catalogue = models.catalogue();
      await publishPriceBook(log, clock, defaultTenant, catalogue);
      await publishPlan(log, clock, defaultTenant, publishablePlan(catalogue, policy));
    },
    async stop() {
      health.stop();
      await breakers.stop();
    },
  };
}

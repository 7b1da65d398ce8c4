import { type Provider, ProviderFailure } from '../../bounded-contexts/inference/index.ts';
import type { FactWriter } from '../../bounded-contexts/kernel/index.ts';
import type { RoutingPolicy } from '../../schemas/config/routing.ts';

export interface ProviderState {
  readonly provider: string;
  readonly healthy: boolean;
  /** Unix ms. */
  readonly checkedAt: number;
  readonly ms: number;
  readonly reason: string | undefined;
}

export interface ProviderHealth {
  /** Providers whose last check failed. */
  down(): readonly string[];
  states(): readonly ProviderState[];
  stop(): void;
}

export interface ProviderHealthOptions {
  readonly providers: ReadonlyMap<string, Provider>;
  /** Those that may be asked: in privacy mode only local ones. */
  readonly mayCheck: (provider: string) => boolean;
  readonly settings: RoutingPolicy['health'];
  readonly clock: () => number;
  readonly facts: FactWriter;
  readonly home: string;
  readonly onError: (error: unknown) => void;
}

const checkMs = 5_000;

/**
 * Asks each provider for its models, which costs nothing: every `everyMs`, and every `failedEveryMs` while it
 * does not answer. A provider that is down is tried last, not never: a check may be wrong. Changes are facts on
 * the log.
 */
export function watchProviders(options: ProviderHealthOptions): ProviderHealth {
  const { providers, mayCheck, settings, clock, facts, home, onError } = options;
  const states = new Map<string, ProviderState>();
  const timers = new Map<string, NodeJS.Timeout>();
  let down: readonly string[] = [];
  let stopped = false;

  async function check(provider: Provider): Promise<void> {
    const start = performance.now();
    let reason: string | undefined;
    try {
      await provider.models(AbortSignal.timeout(checkMs));
    } catch (error) {
      // Some services list no models: that they say so is an answer.
      const unlisted =
        error instanceof ProviderFailure && (error.details.status === 404 || error.details.status === 405);
      if (!unlisted) reason = error instanceof Error ? error.message.slice(0, 500) : 'failed';
    }
    if (stopped) return;
    const healthy = reason === undefined;
    const before = states.get(provider.id)?.healthy ?? true;
    const ms = Math.round(performance.now() - start);
    states.set(provider.id, { provider: provider.id, healthy, checkedAt: clock(), ms, reason });
    down = [...states.values()].filter((one) => !one.healthy).map((one) => one.provider);
    if (healthy !== before) {
      const data = { provider: provider.id, healthy, ...(reason === undefined ? {} : { reason }) };
      facts.append(home, 'health', { type: 'provider.health-changed', data }).catch(onError);
    }
    schedule(provider, healthy ? settings.everyMs : settings.failedEveryMs);
  }

  function schedule(provider: Provider, ms: number): void {
    if (stopped) return;
    timers.set(provider.id, setTimeout(() => void check(provider).catch(onError), ms).unref());
  }

  for (const provider of providers.values())
    if (provider.id !== 'builtin' && mayCheck(provider.id)) void check(provider).catch(onError);

  return {
    down: () => down,
    states: () => [...states.values()],
    stop() {
      stopped = true;
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client';
import type { SecretStore } from '../../bounded-contexts/governance/index.ts';
import type { RateBound } from '../../bounded-contexts/kernel/index.ts';
import type { Gateway, GatewayOptions } from '../../gateway/server.ts';

export interface GatewayMetrics {
  readonly page: () => Promise<{ contentType: string; body: string }>;
  /** `open`: the models whose circuits are open. `shared`: limits are counted for all gateways together. */
  observe(
    gateway: Pick<Gateway, 'busy'>,
    open: () => Readonly<Record<string, string>>,
    shared: () => boolean,
  ): void;
  /** What counts each answer. `paths`: every path that is served. */
  answered(paths: readonly string[]): GatewayOptions['onAnswer'];
  readonly limited: (bound: RateBound) => void;
  /** When each secret was last changed; failures are left out of the page. */
  ages(list: SecretStore['list']): void;
}

/** Prometheus metrics of one gateway process; seconds and counts, as its conventions ask. */
export function gatewayMetrics(): GatewayMetrics {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const registers = [register];
  const seconds = new Histogram({
    name: 'daybook_http_request_duration_seconds',
    help: 'Time from the request line to the last byte of the answer',
    labelNames: ['route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  const calls = new Counter({
    name: 'daybook_model_calls_total',
    help: 'Answered model calls by provider, tier and status',
    labelNames: ['provider', 'tier', 'status'],
    registers,
  });
  const limited = new Counter({
    name: 'daybook_limited_requests_total',
    help: 'Requests refused by a rate limit, by the limit that refused them',
    labelNames: ['family', 'policy'],
    registers,
  });
  return {
    limited: ({ scope, policy }) => limited.inc({ family: scope.split(':', 1)[0] ?? '', policy }),
    page: async () => ({ contentType: register.contentType, body: await register.metrics() }),
    ages(list) {
      new Gauge({
        name: 'daybook_secret_age_days',
        help: 'Days since a secret, or the master key, was last changed',
        labelNames: ['name'],
        registers,
        async collect() {
          this.reset();
          for (const { name, rotatedAt } of await list().catch(() => []))
            this.set({ name }, Math.floor((Date.now() - rotatedAt.getTime()) / 86_400_000));
        },
      });
    },
    observe({ busy }, open, shared) {
      new Gauge({
        name: 'daybook_limits_shared',
        help: '1 while rate limits are counted for all gateways together, 0 while each counts for itself',
        registers,
        collect() {
          this.set(shared() ? 1 : 0);
        },
      });
      new Gauge({
        name: 'daybook_circuit_open',
        help: 'Models whose circuit is open: 1 each',
        labelNames: ['model'],
        registers,
        collect() {
          this.reset();
          for (const model of Object.keys(open())) this.set({ model }, 1);
        },
      });
      new Gauge({
        name: 'daybook_model_calls_in_flight',
        help: 'Model calls in flight now',
        registers,
        collect() {
          this.set(busy());
        },
      });
    },
    answered(paths) {
      const known = new Set(paths.map(routeOf));
      return ({ url }, { statusCode: status }, arrived, by) => {
        // What nobody has is one series, whatever it is called: anybody may ask for anything.
        const path = routeOf(url);
        const route = known.has(path) ? path : 'other';
        seconds.observe({ route, status }, (performance.now() - arrived) / 1000);
        if (by) calls.inc({ provider: by.provider, tier: by.tier, status });
      };
    },
  };
}

const modelRoutes: ReadonlySet<string> = new Set([
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/responses',
  '/v1/messages',
  '/v1/embeddings',
  '/v1/moderations',
  '/v1/rerank',
]);

/** A label of few values: ids would make a series each. */
function routeOf(url: string | undefined): string {
  const path = (url ?? '').split('?', 1)[0] ?? '';
  if (modelRoutes.has(path)) return path;
  return (
    /^\/(api\/v1|v1)\/[a-z-]+/.exec(path)?.[0] ??
    (/^\/(health|ready|metrics|docs|openapi\.json)$/.test(path) ? path : 'other')
  );
}

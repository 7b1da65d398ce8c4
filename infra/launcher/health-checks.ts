import { Redis } from 'ioredis';
import { overdue } from '../../bounded-contexts/governance/index.ts';
import type { RateLimiter } from '../../bounded-contexts/kernel/index.ts';
import { projectionStatus, type ReadStore } from '../../projections/queries.ts';
import { DaybookError } from '../../schemas/errors.ts';
import type { Parts } from './parts.ts';

export interface HealthChecks {
  readonly tests: Readonly<Record<string, () => Promise<string>>>;
  close(): Promise<void>;
}

/** More than this behind, and what is read is no longer what is true. */
const mostLagSeconds = 30;

/** A test for each part that the gateway stands on; each says in words what is in force. */
export async function healthChecks(options: {
  parts: Parts;
  store: ReadStore;
  redisUrl: string | undefined;
}): Promise<HealthChecks> {
  const { parts, store, redisUrl } = options;
  const redis =
    redisUrl === undefined
      ? undefined
      : new Redis(redisUrl, {
          maxRetriesPerRequest: 1,
          connectTimeout: 1_000,
          commandTimeout: 1_200,
          enableOfflineQueue: false,
          lazyConnect: true,
        });
  // Unheard, a refused connection would end the process; the check below says what is wrong.
  redis?.on('error', () => {});
  await redis?.connect().catch(() => {});
  return {
    tests: {
      log: async () => {
        const { adapter, version, durability } = await parts.log.info();
        return `${adapter} ${version}: ${durability}`;
      },
      vault: async () => {
        await parts.pool.query('select 1');
        return 'reachable';
      },
      'read-models': async () => {
        await store.withoutTenant((sql) => sql.query('select 1'));
        return 'reachable';
      },
      ...(redis
        ? {
            counters: async () => {
              await redis.ping();
              return 'reachable';
            },
          }
        : {}),
      secrets: async () => {
        const late = overdue(await parts.secrets.list(), Date.now());
        return late.length === 0
          ? 'none is older than 90 days'
          : `to be changed: ${late.map(({ name, days }) => `${name} (${days} days old)`).join(', ')}`;
      },
      projections: async () => {
        const all = await projectionStatus(store);
        const bad = all.filter((one) => one.state === 'stopped' || one.lagSeconds > mostLagSeconds);
        if (bad.length === 0) return `${all.length} run, none more than ${mostLagSeconds} s behind`;
        throw new DaybookError(
          'read-store.behind',
          bad
            .map(
              (one) =>
                `${one.name} is ${one.state}, ${Math.round(one.lagSeconds)} s behind${one.error ? `: ${one.error}` : ''}`,
            )
            .join('; '),
        );
      },
    },
    close: async () => {
      redis?.disconnect();
    },
  };
}

/** Limits are no reason not to serve: without Redis each gateway counts for itself, and says so. */
export const limitsCheck =
  ({ shared }: RateLimiter, redisUrl: string | undefined) =>
  async (): Promise<string> =>
    redisUrl === undefined
      ? 'counted in this process'
      : shared()
        ? 'counted on Redis, for all gateways together'
        : 'Redis is away: this gateway counts for itself';

import { createHash } from 'node:crypto';
import { Cluster, Redis } from 'ioredis';
import { z } from 'zod';
import {
  type Admission,
  concurrentRetryMs,
  type RateBound,
  type RateLimiter,
  sliceMs,
  slicesCounted,
} from '../../bounded-contexts/kernel/index.ts';
import { inProcessRates, takenBy } from './in-process.ts';

// Time is the server's, so that gateways whose clocks differ count in the same slices.
const clock = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local slice = math.floor(now / ${sliceMs})`;

// KEYS: one for each bound. ARGV: the request, its lease in ms, then unit, limit and amount of each bound. All are
// read first; only where none refuses is anything taken. Counts stay below 2^53, where Lua's numbers are exact.
const takeScript = `${clock}
local answer = {slice, 0, 0}
local counted = {}
for i = 1, #KEYS do
  local unit, limit, amount = ARGV[i * 3], tonumber(ARGV[i * 3 + 1]), tonumber(ARGV[i * 3 + 2])
  local used, reset, wait = 0, 0, 0
  if unit == 'concurrent' then
    redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now)
    used = redis.call('ZCARD', KEYS[i])
    if used >= limit then wait = ${concurrentRetryMs} end
  else
    local slices, byTime = redis.call('HGETALL', KEYS[i]), {}
    for f = 1, #slices, 2 do
      local at, taken = tonumber(slices[f]), tonumber(slices[f + 1])
      if at <= slice - ${slicesCounted} then redis.call('HDEL', KEYS[i], slices[f])
      else
        used = used + taken
        byTime[#byTime + 1] = {at, taken}
      end
    end
    table.sort(byTime, function (a, b) return a[1] < b[1] end)
    if byTime[1] then reset = (byTime[1][1] + ${slicesCounted}) * ${sliceMs} - now end
    local left = used
    for _, one in ipairs(byTime) do
      if left + amount <= limit then break end
      left = left - one[2]
      wait = (one[1] + ${slicesCounted}) * ${sliceMs} - now
    end
  end
  if wait > 0 and answer[2] == 0 then answer[2] = i end
  if wait > answer[3] then answer[3] = wait end
  counted[i] = {used, reset}
end
for i = 1, #KEYS do
  local unit, limit, amount = ARGV[i * 3], tonumber(ARGV[i * 3 + 1]), tonumber(ARGV[i * 3 + 2])
  local used, reset = counted[i][1], counted[i][2]
  if answer[2] == 0 then
    used = used + amount
    if unit == 'concurrent' then
      redis.call('ZADD', KEYS[i], now + ARGV[2], ARGV[1])
      redis.call('PEXPIRE', KEYS[i], ARGV[2])
    else
      redis.call('HINCRBY', KEYS[i], slice, amount)
      redis.call('PEXPIRE', KEYS[i], ${(slicesCounted + 1) * sliceMs})
      if reset == 0 then reset = (slice + ${slicesCounted}) * ${sliceMs} - now end
    end
  end
  answer[#answer + 1] = math.max(0, limit - used)
  answer[#answer + 1] = reset
end
return answer`;

// KEYS: those of bounds on tokens and on those at once. ARGV: the request, the slice, then a correction of each, or ''
// for a place that becomes free.
const giveBackScript = `
for i = 1, #KEYS do
  local by = ARGV[i + 2]
  if by == '' then redis.call('ZREM', KEYS[i], ARGV[1])
  elseif redis.call('HEXISTS', KEYS[i], ARGV[2]) == 1 then redis.call('HINCRBY', KEYS[i], ARGV[2], by) end
end`;

const numbers = z.array(z.number());

/** All keys of a tenant carry its id as hash tag: one script may change them together, on a cluster too. */
const keyOf = (tenant: string, { scope, unit }: RateBound): string => `rate:{${tenant}}:${scope}:${unit}`;

/** Beyond this, in ms, Redis counts as away. */
const patienceMs = 500;
/** For so long, in ms, one that is away is left alone: its callers are not to wait for it one by one. */
const awayMs = 1_000;

async function connect(url: string): Promise<Redis | Cluster> {
  const urls = url.split(',');
  const options = {
    maxRetriesPerRequest: 0,
    connectTimeout: 2_000,
    commandTimeout: patienceMs,
    enableOfflineQueue: false,
    lazyConnect: true,
  };
  const client =
    urls.length > 1
      ? new Cluster(urls, {
          redisOptions: options,
          clusterRetryStrategy: () => 200,
          enableOfflineQueue: false,
          lazyConnect: true,
        })
      : new Redis(url, { ...options, retryStrategy: () => 200 });
  // Unheard, a refused connection would end the process; the command that meets it says so.
  client.on('error', () => {});
  await client.connect().catch(() => {});
  return client;
}

const digestOf = (script: string) => createHash('sha1').update(script).digest('hex');
const digests = new Map([takeScript, giveBackScript].map((script) => [script, digestOf(script)]));

/**
 * Counts on Redis, the same for all gateways. While it is away each process counts for itself, from nothing: an
 * outage of the counter is no outage of what is counted.
 */
export async function redisRates(url: string): Promise<RateLimiter> {
  const client = await connect(url);
  const own = inProcessRates();
  let awayUntil = 0;

  const run = async (script: string, keys: readonly string[], args: readonly (string | number)[]) => {
    try {
      return await client.evalsha(digests.get(script) ?? '', keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return await client.eval(script, keys.length, ...keys, ...args);
    }
  };

  return {
    async take(tenant, request, bounds, leaseMs) {
      if (performance.now() < awayUntil) return own.take(tenant, request, bounds, leaseMs);
      let said: number[];
      try {
        const keys = bounds.map((bound) => keyOf(tenant, bound));
        const args = bounds.flatMap((bound) => [bound.unit, bound.limit, takenBy(bound)]);
        said = numbers.parse(await run(takeScript, keys, [request, leaseMs, ...args]));
      } catch {
        awayUntil = performance.now() + awayMs;
        return own.take(tenant, request, bounds, leaseMs);
      }
      return admissionOf(tenant, request, bounds, said);
    },
    async giveBack(taken, tokens) {
      if (taken.local) return own.giveBack(taken, tokens);
      const changed = taken.bounds.filter(({ unit }) => unit !== 'requests');
      if (changed.length === 0) return;
      const by = changed.map((bound) => (bound.unit === 'tokens' ? String(tokens - takenBy(bound)) : ''));
      const keys = changed.map((bound) => keyOf(taken.tenant, bound));
      // What cannot be given back now comes back by itself, a minute or a lease later.
      await run(giveBackScript, keys, [taken.request, taken.slice, ...by]).catch(() => {});
    },
    shared: () => client.status === 'ready' && performance.now() >= awayUntil,
    close: async () => {
      client.disconnect();
    },
  };
}

function admissionOf(
  tenant: string,
  request: string,
  bounds: readonly RateBound[],
  [slice = 0, refusing = 0, retryAfterMs = 0, ...rest]: readonly number[],
): Admission {
  const standings = bounds.map((bound, index) => ({
    bound,
    remaining: rest[index * 2] ?? 0,
    resetMs: rest[index * 2 + 1] ?? 0,
  }));
  const refusedBy = bounds[refusing - 1];
  return refusedBy
    ? { admitted: false, standings, refusedBy, retryAfterMs }
    : { admitted: true, standings, taken: { tenant, request, bounds, slice, local: false } };
}

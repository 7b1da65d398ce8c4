import { Cluster, Redis } from 'ioredis';
import type { Position } from '../../bounded-contexts/kernel/index.ts';
import type { CounterChange, CounterStore } from '../../projections/ports.ts';

// Amounts stay text from end to end: a Lua number is exact only up to 2^53, which is nine million dollars.
// KEYS: the position, then a key for each change. ARGV: before, to, then field, amount and end of each.
const add = `
for i = 2, #KEYS do
  local a = i * 3 - 3
  if ARGV[a] == '' then redis.call('INCRBY', KEYS[i], ARGV[a + 1])
  else redis.call('HINCRBY', KEYS[i], ARGV[a], ARGV[a + 1]) end
  if ARGV[a + 2] ~= '' then redis.call('EXPIREAT', KEYS[i], ARGV[a + 2]) end
end
redis.call('SET', KEYS[1], ARGV[2])
return ARGV[2]`;

const applyScript = `
local stored = redis.call('GET', KEYS[1]) or ''
if stored ~= ARGV[1] then return stored end
${add}`;

// ARGV[3 * #KEYS …]: the keys to throw away; all carry the same hash tag as KEYS.
const replaceScript = `
local stored = redis.call('GET', KEYS[1]) or ''
if stored ~= ARGV[1] then return '' end
for i = 3 * #KEYS, #ARGV do redis.call('DEL', ARGV[i]) end
${add}`;

const moveScript = `
local stored = redis.call('HGET', KEYS[1], ARGV[1])
if (stored or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1`;

const checkpointKey = 'daybook:counters:checkpoint';
const positionKey = (tenant: string): string => `daybook:counters:{${tenant}}:position`;

/** Redis is one server (`redis://…`), or a cluster: several URLs separated by commas. */
function connect(url: string): Redis | Cluster {
  const urls = url.split(',');
  const options = { maxRetriesPerRequest: 1, connectTimeout: 2000, commandTimeout: 5000 };
  const client =
    urls.length > 1
      ? new Cluster(urls, { redisOptions: options, clusterRetryStrategy: () => 200 })
      : new Redis(url, { ...options, retryStrategy: () => 200 });
  // Unheard, a refused connection would end the process; the command that meets it says so.
  client.on('error', () => {});
  return client;
}

const argumentsOf = (changes: readonly CounterChange[]): string[] =>
  changes.flatMap(({ field, by, expireAt }) => [
    field ?? '',
    by.toString(),
    expireAt === null ? '' : String(expireAt),
  ]);

/**
 * Counters on Redis. All keys of a tenant carry its id as hash tag, so that one script changes them together
 * on a cluster, too. A counter holds at most 2^63 - 1 nano-dollars, nine billion dollars.
 */
export function redisCounters(url: string): CounterStore {
  const client = connect(url);

  const run = async (
    script: string,
    tenant: string,
    before: Position | null,
    to: Position,
    changes: readonly CounterChange[],
    more: readonly string[] = [],
  ): Promise<string> => {
    const keys = [positionKey(tenant), ...changes.map(({ key }) => key)];
    const args = [before ?? '', to, ...argumentsOf(changes), ...more];
    return String(await client.eval(script, keys.length, ...keys, ...args));
  };

  async function keysOf(tenant: string): Promise<string[]> {
    const found = new Set<string>();
    const nodes = client instanceof Cluster ? client.nodes('master') : [client];
    for (const node of nodes) {
      for (const kind of ['cost', 'budget']) {
        let cursor = '0';
        do {
          const [next, keys] = await node.scan(cursor, 'MATCH', `${kind}:{${tenant}}:*`, 'COUNT', 1000);
          for (const key of keys) found.add(key);
          cursor = next;
        } while (cursor !== '0');
      }
    }
    return [...found];
  }

  return {
    shared: true,
    async apply(tenant, before, to, changes) {
      const stored = await run(applyScript, tenant, before, to, changes);
      return stored === '' ? null : (stored as Position);
    },
    position: async (tenant) => (await client.get(positionKey(tenant))) as Position | null,
    async replace(tenant, expected, to, changes) {
      return (await run(replaceScript, tenant, expected, to, changes, await keysOf(tenant))) === to;
    },
    async read(tenant) {
      const values = new Map<string, bigint>();
      for (const key of await keysOf(tenant)) {
        if (key.startsWith('cost:')) {
          const value = await client.get(key);
          if (value !== null) values.set(key, BigInt(value));
        } else {
          for (const [field, value] of Object.entries(await client.hgetall(key))) {
            values.set(`${key} ${field}`, BigInt(value));
          }
        }
      }
      return values;
    },
    async checkpoints() {
      const stored = await client.hgetall(checkpointKey);
      return new Map(Object.entries(stored).map(([stream, text]) => [Number(stream), text]));
    },
    async moveCheckpoint(stream, before, to) {
      return (await client.eval(moveScript, 1, checkpointKey, String(stream), before ?? '', to)) === 1;
    },
    close: async () => {
      client.disconnect();
    },
  };
}

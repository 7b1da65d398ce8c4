import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ids, rows } from './routes.ts';
import { madeUp, type World, worldOf } from './testing/world.ts';

/** Each question is asked so often by ids of the other tenant, and as often by ids that nobody has, by turns. */
const pairs = 200;
/**
 * The median of the differences within pairs may be so much, in ms or as a share of the time, whichever is more: a
 * query more takes longer. A pause of the machine strikes few pairs, and either side of them.
 */
const boundMs = 0.15;
const boundShare = 0.1;
/** What is different is so each time; noise is not. */
const rounds = 3;

let world: World;
// One connection: who waits for another's answer is not measured.
const connection = new Agent({ connections: 1, pipelining: 1 });
beforeAll(async () => {
  world = await worldOf();
}, 120_000);
afterAll(async () => {
  await connection.close();
  await world.stop();
});

async function timeOf(method: string, path: string): Promise<number> {
  const start = performance.now();
  const { statusCode, body } = await request(`${world.running.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${world.globex.secret}` },
    dispatcher: connection,
  });
  await body.dump();
  expect(statusCode, path).toBeLessThan(500);
  return performance.now() - start;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** In ms: the median of how much longer `path` takes than `other`, and the median of `other`. */
async function compared(
  method: string,
  path: string,
  other: string,
): Promise<{ difference: number; usual: number }> {
  const differences: number[] = [];
  const usual: number[] = [];
  const warm = 10;
  for (let n = 0; n < pairs + warm; n++) {
    const pathFirst = n % 2 === 0;
    const first = await timeOf(method, pathFirst ? path : other);
    const second = await timeOf(method, pathFirst ? other : path);
    if (n < warm) continue;
    differences.push(pathFirst ? first - second : second - first);
    usual.push(pathFirst ? second : first);
  }
  return { difference: median(differences), usual: median(usual) };
}

/** Asked by an id, without a trace; responses are waited for, and are measured below. */
const measured = rows.filter(
  ({ route, permission, foreign, tells }) =>
    /^(GET|DELETE) .*\{/.test(route) &&
    permission !== 'open' &&
    tells === 'own' &&
    foreign === 404 &&
    !route.includes('/v1/responses'),
);

describe('the other tenant’s id takes as long as one that nobody has', () => {
  test.each(measured)('$route', async ({ route, ask }) => {
    const [method = ''] = route.split(' ');
    const pathsOf = (ids: Ids) => ask(ids).map(({ path }) => path);
    const nobodys = pathsOf(madeUp(world.acme.only));
    for (const [at, path] of pathsOf(world.acme.only).entries()) {
      const said: string[] = [];
      for (let round = 0; round < rounds; round++) {
        const { difference, usual } = await compared(method, path, nobodys[at] ?? '');
        if (Math.abs(difference) < Math.max(boundMs, boundShare * usual)) break;
        said.push(`${path}: ${difference.toFixed(3)} ms apart at ${usual.toFixed(3)} ms`);
      }
      expect(said.length, said.join('\n')).toBeLessThan(rounds);
    }
  });

  test('GET /v1/responses/{id}, which waits for what is young', async () => {
    const path = `/v1/responses/${world.acme.only.response}`;
    const nobody = `/v1/responses/${madeUp(world.acme.only).response}`;
    const at = (one: string) =>
      world.globex.admin.fetch('GET', one).then(async (answer) => {
        expect(answer.status).toBe(404);
        await answer.text();
        return performance.now();
      });
    const all = Array.from({ length: 20 }, () => [at(path), at(nobody)] as const);
    const start = performance.now();
    const existing = await Promise.all(all.map(([one]) => one));
    const missing = await Promise.all(all.map(([, one]) => one));
    const [here, there] = [median(existing) - start, median(missing) - start];
    // Both wait for seconds: one that did not would differ by all of them.
    expect(Math.abs(here - there), `${here} ms, ${there} ms`).toBeLessThan(500);
  });
});

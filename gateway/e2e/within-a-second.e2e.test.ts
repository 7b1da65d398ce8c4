import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningTestDaybook, secondGateway, testDaybook } from '../../infra/testing/daybook.ts';
import { type Actor, actor, issueFor } from './testing/actors.ts';

const model = 'builtin/extractive';
const rounds = 10;
const boundMs = 1_000;
/** Callers on each gateway who call models all the while. */
const loadOnEach = 4;

let first: RunningTestDaybook;
let second: RunningTestDaybook;
let platform: Actor;
let admin: Actor;
let loading = true;
let answered = 0;
const load: Promise<void>[] = [];

beforeAll(async () => {
  first = await testDaybook();
  second = await secondGateway(first);
  platform = actor(first.url);
  const made = await platform.json<{ adminKey: { secret: string } }>('POST', '/api/v1/tenants', {
    tenant: 'acme',
    name: 'Acme',
  });
  admin = actor(first.url, made.adminKey.secret);
  await Promise.all([admin.inForce(), actor(second.url, made.adminKey.secret).inForce()]);
  await admin.json('POST', '/api/v1/departments', { slug: 'legal' });
  await admin.json('POST', '/api/v1/users', { id: 'lea' });
  for (const { url } of [first, second]) for (let n = 0; n < loadOnEach; n++) load.push(callOn(actor(url)));
}, 90_000);

afterAll(async () => {
  loading = false;
  await Promise.all(load);
  await second.stop();
  await first.stop();
});

async function callOn(caller: Actor): Promise<void> {
  while (loading) {
    const answer = await caller.call(model);
    await answer.body?.cancel();
    if (answer.status === 200) answered++;
  }
}

/** What is asked again and again on one gateway, and whether it was let in. */
type Probe = () => Promise<boolean>;

const calls =
  (one: Actor): Probe =>
  async () => {
    const { status, body } = await one.call(model);
    await body?.cancel();
    return status === 200;
  };
const reads =
  (one: Actor, path: string): Probe =>
  async () => {
    const { status, body } = await one.fetch('GET', path);
    await body?.cancel();
    return status === 200;
  };

const settledMs = 200;
const patienceMs = 5_000;

/**
 * How long, in ms, after the answer to `command` the first request was refused, and the last one let in: the worse of
 * all probes. Each asks on, also after its first refusal, so that one who is let in again is seen.
 */
async function effectOf(command: () => Promise<unknown>, probes: readonly Probe[]): Promise<number> {
  let at = Number.POSITIVE_INFINITY;
  const watching = probes.map(async (probe) => {
    let firstRefusal = Number.POSITIVE_INFINITY;
    let lastSuccess = 0;
    let successes = 0;
    for (;;) {
      const asked = performance.now();
      const letIn = await probe();
      if (letIn) {
        successes++;
        // Counted from when it was asked: what had been let in by then may take its time.
        lastSuccess = asked;
      } else firstRefusal = Math.min(firstRefusal, performance.now());
      const now = performance.now();
      if (now > firstRefusal + settledMs && now > at) break;
      if (now > at + patienceMs) break;
    }
    return { firstRefusal, lastSuccess, successes };
  });
  // Every probe is let in at least once before.
  await pause(100);
  await command();
  at = performance.now();
  const seen = await Promise.all(watching);
  for (const { successes } of seen) expect(successes).toBeGreaterThan(0);
  return Math.max(
    ...seen.flatMap(({ firstRefusal, lastSuccess }) => [firstRefusal - at, lastSuccess - at, 0]),
  );
}

/** The same key, at both gateways, once both have heard of it. */
async function holders(body: object): Promise<{ key: string; here: Actor; there: Actor }> {
  const { key, secret } = await issueFor(admin, { name: 'x', ...body });
  const here = actor(first.url, secret);
  const there = actor(second.url, secret);
  await Promise.all([here.inForce(), there.inForce()]);
  return { key, here, there };
}

/** Resolves once a call is let in. */
async function callable(one: Actor): Promise<void> {
  const letIn = calls(one);
  for (const deadline = performance.now() + patienceMs; !(await letIn()); await pause(10))
    if (performance.now() > deadline) throw new Error('no call is let in');
}

async function worstOf(name: string, round: () => Promise<number>): Promise<void> {
  const all: number[] = [];
  for (let n = 0; n < rounds; n++) all.push(await round());
  const worst = Math.max(...all);
  console.log(`${name}: in force after ${all.map(Math.round).join(', ')} ms`);
  expect(worst).toBeLessThan(boundMs);
}

describe('on two gateways under load, within a second of the answer to the command', () => {
  test('a revoked key is refused', async () => {
    await worstOf('revocation', async () => {
      const { key, here, there } = await holders({});
      return effectOf(() => admin.json('DELETE', `/api/v1/keys/${key}`), [calls(here), calls(there)]);
    });
  }, 60_000);

  test('a role that was changed is another', async () => {
    // The key acts as a lead: only where its person is one.
    await worstOf('role', async () => {
      const { position } = await admin.json<{ position: string }>('PUT', '/api/v1/members/lea/legal', {
        role: 'department-lead',
      });
      const { here, there } = await holders({ role: 'department-lead', user: 'lea' });
      const path = `/api/v1/departments/legal`;
      await admin.json('GET', `/api/v1/members?after=${position}`);
      await Promise.all([here.inForce(path), there.inForce(path)]);
      return effectOf(
        () => admin.json('PUT', '/api/v1/members/lea/legal', { role: 'member' }),
        [reads(here, path), reads(there, path)],
      );
    });
  }, 60_000);

  test('a disabled person is refused', async () => {
    const { here, there } = await holders({ user: 'lea' });
    await worstOf('disabling', async () => {
      await admin.json('POST', '/api/v1/users/lea/enable');
      await Promise.all([here.inForce(), there.inForce()]);
      return effectOf(() => admin.json('POST', '/api/v1/users/lea/disable'), [calls(here), calls(there)]);
    });
    await admin.json('POST', '/api/v1/users/lea/enable');
  }, 60_000);

  test('a suspended tenant is refused', async () => {
    const { here, there } = await holders({});
    await worstOf('suspension', async () => {
      await platform.json('POST', '/api/v1/tenants/acme/resume');
      await Promise.all([here.inForce(), there.inForce()]);
      return effectOf(
        () => platform.json('POST', '/api/v1/tenants/acme/suspend'),
        [calls(here), calls(there)],
      );
    });
    await platform.json('POST', '/api/v1/tenants/acme/resume');
  }, 60_000);

  test('a limit that was lowered refuses', async () => {
    const { here, there } = await holders({});
    const limited = (requestsPerMinute: number | null) =>
      platform.json('PATCH', '/api/v1/tenants/acme', {
        policies: { rates: { tenant: { requestsPerMinute } } },
      });
    await worstOf('limit', async () => {
      await limited(null);
      await Promise.all([callable(here), callable(there)]);
      return effectOf(() => limited(1), [calls(here), calls(there)]);
    });
    await limited(null);
  }, 60_000);

  test('there was load all the while', () => {
    expect(answered).toBeGreaterThan(500);
  });
});

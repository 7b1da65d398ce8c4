import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditLedger } from '../../bounded-contexts/budgets/index.ts';
import { type Recorded, subjectOf } from '../../bounded-contexts/kernel/index.ts';
import { openJetStreamLog } from '../../infra/event-log/index.ts';
import { testAdminKey } from '../../infra/testing/daybook.ts';
import { fuzzConnection } from '../../infra/testing/fuzz/connection.ts';
import { described } from '../../infra/testing/fuzz/document.ts';
import { type Fuzzing, type FuzzRequest, requestOf } from '../../infra/testing/fuzz/requests.ts';
import { objectionTo } from '../../infra/testing/fuzz/verdict.ts';
import { upload } from './canary/testing/library.ts';
import { atRest, keptOf } from './canary/testing/untouched.ts';
import { madeUp, type World, worldOf } from './canary/testing/world.ts';

/** `npm run fuzz` sends 100,000; DAYBOOK_FUZZ_SEED repeats a run. */
const wanted = Number(process.env['DAYBOOK_FUZZ_REQUESTS'] ?? 20_000);
const seed = Number(process.env['DAYBOOK_FUZZ_SEED'] ?? 20_261_126);
const connections = 32;
const batch = 500;

let world: World;
beforeAll(async () => {
  world = await worldOf();
}, 120_000);
afterAll(() => world.stop());

/** Of the right shape, with values that no list gave. */
const wrongCursors = [
  '',
  'x',
  '\0',
  '-1',
  '9'.repeat(30),
  '2026-02-31 00:00:00+00',
  '0000-01-01 00:00:00+00',
].flatMap((value) =>
  [1, 2, 3].map((length) =>
    Buffer.from(JSON.stringify(Array.from({ length }, () => value))).toString('base64url'),
  ),
);

const shown = ({ method, target, headers, body }: FuzzRequest): string =>
  JSON.stringify({ method, target, headers, body: body?.toString('latin1') }).slice(0, 2_000);

interface Hammered {
  readonly objections: readonly string[];
  readonly refused: number;
  readonly codes: ReadonlyMap<string, number>;
}

/** What the callers of globex and the platform ask, with ids and tokens of acme's among them. */
async function fuzzing(): Promise<Fuzzing> {
  const { running, acme, globex } = world;
  const { cursor, position } = await tokensOf();
  // One as old as this is not waited for: a young one may still be on its way to the read models.
  const old = 'resp_01890000-0000-7000-8000-000000000001';
  const ids = [acme.only, globex.sales, madeUp(acme.only)].flatMap(({ response: _, tenant: __, ...rest }) =>
    Object.values<string>(rest),
  );
  return {
    ...described(await running.json('/openapi.json')),
    callers: [
      { secret: globex.secret, platform: false },
      { secret: testAdminKey, platform: true },
    ],
    ids: [...ids, old, 'ana', 'legal', 'plan'],
    own: {
      department: ['legal', globex.sales.departmentId],
      document: [globex.sales.document, globex.only.document],
      query: [globex.sales.query],
      review: [globex.sales.review],
    },
    tokens: [cursor, position, `"${position}"`, 'AAAA', ...wrongCursors],
  };
}

/** Sends requests until so many of them are refused, or something is wrong with ten answers. */
async function hammer(requests: fc.Arbitrary<FuzzRequest>, wanted: number): Promise<Hammered> {
  const { running, acme } = world;
  const objections: string[] = [];
  const statuses = new Map<number, number>();
  const codes = new Map<string, number>();
  let drawn = 0;
  let refused = 0;
  let sent = 0;
  let waiting: FuzzRequest[] = [];
  const next = (): FuzzRequest => {
    if (waiting.length === 0) {
      waiting = fc.sample(requests, { numRuns: batch, seed: seed + drawn });
      drawn++;
    }
    const one = waiting.pop();
    if (!one) throw new Error('Nothing was drawn.');
    return one;
  };
  const start = performance.now();
  const worker = async () => {
    const connection = fuzzConnection(running.url);
    while (refused < wanted && objections.length < 10) {
      const request = next();
      const answer = await connection.send(request).catch((error: unknown) => String(error));
      sent++;
      if (typeof answer === 'string') {
        objections.push(`${answer}: ${shown(request)}`);
        continue;
      }
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      if (answer.status >= 400) refused++;
      const code = /"code":"([a-z_.-]+)"/.exec(answer.body)?.[1] ?? 'none';
      codes.set(code, (codes.get(code) ?? 0) + 1);
      // The platform's own administrator may list tenants by their names.
      const operator = request.headers.some(([, value]) => value.endsWith(testAdminKey));
      const objection = objectionTo(request, answer, operator ? [] : [acme.marker]);
      if (objection !== undefined)
        objections.push(`${objection}: ${shown(request)} => ${answer.status} ${answer.body.slice(0, 500)}`);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, worker));
  const seconds = (performance.now() - start) / 1000;
  console.log(
    `${sent} requests, ${refused} of them refused, in ${seconds.toFixed(1)} s (${Math.round(sent / seconds)}/s), seed ${seed}`,
    Object.fromEntries([...statuses].sort()),
    Object.fromEntries([...codes].sort(([, a], [, b]) => b - a)),
  );
  return { objections, refused, codes };
}

test('malformed requests are refused in their dialect; nothing breaks, and nothing is told', async () => {
  const { running, acme } = world;
  const before = await atRest(running, 'acme');
  const { objections, refused } = await hammer(requestOf(await fuzzing()), wanted);
  expect(objections).toEqual([]);
  expect(refused).toBeGreaterThanOrEqual(wanted);
  // Nothing ended and was started again.
  expect(running.changes).toEqual([]);
  expect(await keptOf(running, 'acme')).toEqual(before);
  // Series of metrics are as many as there are routes, whatever was asked for, and by whom.
  for (const head of ['v1', 'api/v1'])
    for (let n = 0; n < 40; n++)
      await fetch(
        `${running.url}/${head}/made-up-${'abcdefghij'[n % 10]}${'x'.repeat(n)}?${'y'.repeat(9_000)}`,
      );
  const metrics = await (await fetch(`${running.url}/metrics`)).text();
  const { paths } = await running.json<{ paths: object }>('/openapi.json');
  // Beside those that are described there are the pages, and `other`.
  expect(new Set(metrics.match(/route="[^"]*"/g)).size).toBeLessThan(Object.keys(paths).length + 10);

  expect((await acme.admin.call('test/echo')).status).toBe(200);
  for (const tenant of ['acme', 'globex', 'default']) {
    await atRest(running, tenant);
    const log = await openJetStreamLog({ url: running.daybook.urls.nats ?? '' });
    const commits: Recorded[] = [];
    for await (const recorded of log.read(subjectOf(tenant, 'ledger'), null)) commits.push(recorded);
    await log.close();
    expect(auditLedger(commits).breaks, tenant).toEqual([]);
  }
}, 240_000);

test('malformed uploads are refused, leave nothing half written, and hold up no other', async () => {
  const { running, acme, globex } = world;
  // What was sent before may have archived it, and then it takes no files.
  for (const { admin } of [acme, globex]) await admin.json('POST', '/api/v1/departments/legal/restore');
  const before = await atRest(running, 'acme');
  const all = await fuzzing();
  const uploads = { ...all, operations: all.operations.filter((one) => one.uploads) };
  expect(uploads.operations.length).toBeGreaterThan(1);
  const { objections, codes } = await hammer(requestOf(uploads), Math.ceil(wanted / 20));
  expect(objections).toEqual([]);
  expect(codes.get('request.malformed-upload')).toBeGreaterThan(wanted / 1_000);
  expect(running.changes).toEqual([]);
  expect(await keptOf(running, 'acme')).toEqual(before);
  const halves = () => readdirSync(join(running.folder, 'data', 'blobs', 'writing'));
  await expect.poll(halves, { timeout: 10_000 }).toEqual([]);
  // What was accepted may be read before it: bytes without a meaning, each soon done with.
  for (const { admin } of [acme, globex])
    await upload(admin, 'legal', 'good.md', 'A canary.', { patienceMs: 90_000 });
}, 180_000);

/** Of acme, for others to try. */
async function tokensOf(): Promise<{ cursor: string; position: string }> {
  const answer = await world.acme.admin.fetch('GET', '/api/v1/departments/legal');
  await answer.text();
  const { nextCursor } = await world.acme.admin.json<{ nextCursor: string }>('GET', '/api/v1/users?limit=1');
  return { cursor: nextCursor, position: answer.headers.get('daybook-position') ?? '' };
}

import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningTestDaybook, testDaybook } from '../../infra/testing/daybook.ts';
import { type AuditEntry, auditEntry } from '../../schemas/http/audit.ts';
import { type Actor, actor, issueFor } from './testing/actors.ts';

let running: RunningTestDaybook;
let admin: Actor;

beforeAll(async () => {
  running = await testDaybook();
  admin = actor(running.url);
});
afterAll(() => running.stop());

interface Trail {
  data: AuditEntry[];
  nextCursor: string | null;
}

const trail = (query: string, holds: (entries: AuditEntry[]) => boolean) =>
  running.eventually<Trail>(`/api/v1/audit?${query}`, ({ data }) => holds(data)).then(({ data }) => data);

test('tells who changed what, and finds it by actor, action and target', async () => {
  await admin.json('POST', '/api/v1/users', { id: 'ana', displayName: 'Ana' });
  const { key, secret } = await issueFor(admin, { name: 'hers', role: 'member', user: 'ana' });
  await actor(running.url, secret).inForce();
  await admin.json('DELETE', `/api/v1/keys/${key}`);
  const [revoked, issued] = await trail(`action=key&target=${key}`, ({ length }) => length === 2);
  expect(revoked).toMatchObject({ action: 'key.revoked', target: key, outcome: 'done' });
  expect(issued).toMatchObject({ action: 'key.issued', reason: 'member' });
  // People are named to those who ask, and stand on the log by opaque ids.
  const [registered] = await trail('target=ana', ({ length }) => length === 1);
  expect(registered).toMatchObject({ action: 'user.registered', target: 'ana', actor: revoked?.actor });
  const byActor = await trail(`actor=${revoked?.actor}`, ({ length }) => length >= 3);
  expect(byActor.every((one) => one.actor === revoked?.actor)).toBe(true);
  expect(await trail('actor=nobody', () => true)).toEqual([]);
  const [configured] = await trail('action=configuration.loaded', ({ length }) => length === 1);
  expect(configured?.actor).toMatch(/^gateway:/);
});

test('tells who read contents, from where, once a request, and not who could not read any', async () => {
  const asked = await admin.call('builtin/extractive', { user: 'ana' });
  const id = asked.headers.get('daybook-invocation-id') ?? '';
  const { secret } = await issueFor(admin, { name: 'auditor', role: 'auditor' });
  const auditor = actor(running.url, secret);
  await auditor.inForce();
  await running.eventually(
    `/api/v1/invocations?user=ana`,
    ({ data }: { data: unknown[] }) => data.length === 1,
  );
  await auditor.json('GET', `/api/v1/invocations/${id}`);
  expect(await trail(`target=${id}`, () => true)).toEqual([]);
  await admin.json('GET', `/api/v1/invocations/${id}`);
  const [opened] = await trail(`target=${id}`, ({ length }) => length > 0);
  expect(opened).toMatchObject({
    action: 'contents.opened',
    reason: 'invocation',
    route: 'GET /api/v1/invocations/:id',
    address: '127.0.0.0/24',
  });
  // An auditor reads the trail, too; a member does not.
  expect((await auditor.json<Trail>('GET', `/api/v1/audit?target=${id}`)).data).toEqual([opened]);
  // In the log there is no address to read.
  const { data } = await running.json<{ data: { data: { address: string } }[] }>(
    '/api/v1/events?type=contents.opened',
  );
  expect(data[0]?.data.address).toMatch(/^[A-Za-z0-9_-]{40,}$/);
});

test('tells of refusals on every surface, and cannot be filled by them', async () => {
  const { secret } = await issueFor(admin, { name: 'caller' });
  const caller = actor(running.url, secret);
  await caller.inForce();
  expect((await caller.fetch('GET', '/api/v1/audit')).status).toBe(403);
  const [forbidden] = await trail('outcome=refused&action=access', ({ length }) => length === 1);
  expect(forbidden).toMatchObject({
    reason: 'auth.forbidden',
    route: 'GET /api/v1/audit',
    address: '127.0.0.0/24',
    leftOut: 0,
  });
  const stranger = actor(running.url, 'a-key-that-nobody-has');
  const paths = ['/v1/models', '/v1/streams/x', '/api/v1/nothing'];
  for (const path of paths) expect((await stranger.fetch('GET', path)).status).toBe(401);
  expect((await stranger.call('any')).status).toBe(401);
  const routes = async () =>
    (await trail('actor=anonymous', ({ length }) => length >= 4)).map(({ route }) => route);
  expect(new Set(await routes())).toEqual(
    new Set(['GET /v1/models', 'GET /v1/streams/:id', 'GET /api/v1/*', 'POST /v1/chat/completions']),
  );
  for (let n = 0; n < 200; n++) await (await stranger.fetch('GET', '/api/v1/me')).body?.cancel();
  expect(await trail('actor=anonymous', ({ length }) => length >= 10)).toHaveLength(10);
});

test('is taken along in three formats, and says that it was', async () => {
  const taken = (format: string) => running.fetch(`/api/v1/audit/export?format=${format}`);
  const lines = await taken('jsonl');
  expect(lines.headers.get('content-type')).toContain('application/jsonl');
  const entries = (await lines.text())
    .split('\n')
    .slice(0, -1)
    .map((line) => auditEntry.parse(JSON.parse(line)));
  expect(entries.length).toBeGreaterThan(10);
  const csv: Record<string, string>[] = parse(await (await taken('csv')).text(), { columns: true });
  expect(csv.map(({ id }) => id)).toEqual(expect.arrayContaining(entries.map(({ id }) => id)));
  const batch = await taken('cloudevents');
  expect(batch.headers.get('content-type')).toContain('application/cloudevents-batch+json');
  const events: { id: string }[] = JSON.parse(await batch.text());
  expect(events.map(({ id }) => id)).toEqual(expect.arrayContaining(entries.map(({ id }) => id)));
  const exports = await trail('action=data.exported', ({ length }) => length === 3);
  expect(exports.map(({ reason }) => reason)).toEqual([
    'audit as cloudevents',
    'audit as csv',
    'audit as jsonl',
  ]);
});

test('is a tenant’s own', async () => {
  const made = await admin.json<{ adminKey: { secret: string } }>('POST', '/api/v1/tenants', {
    tenant: 'acme',
    name: 'Acme',
  });
  const other = actor(running.url, made.adminKey.secret);
  await other.inForce();
  await expect
    .poll(async () => {
      const { data } = await other.json<Trail>('GET', '/api/v1/audit');
      return data.map(({ action }) => action).sort();
    })
    .toEqual(['key.issued', 'tenant.created']);
});

import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTar } from '../../bounded-contexts/governance/index.ts';
import { question, upload } from '../../gateway/e2e/canary/testing/library.ts';
import { type Actor, actor, issueFor } from '../../gateway/e2e/testing/actors.ts';
import { projectors } from '../../projections/index.ts';
import { commandLine } from '../testing/command-line.ts';
import { type RunningTestDaybook, testDaybook } from '../testing/daybook.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-port-'));
  chmodSync(folder, 0o755);
  folders.push(folder);
  return folder;
}

const daybook = (folder: string, ...args: string[]) => daybookOn('auto', folder, ...args);
const daybookOn = async (profile: string, folder: string, ...args: string[]) =>
  JSON.parse(await commandLine(folder, profile, ...args)) as unknown;

/** Columns that name a place of a log, or how much it takes there. */
const places = ['position', 'sequence', 'content_index', 'bytes'];

/** All that the read models say of a tenant, but for places. */
async function readModels(url: string, tenant: string): Promise<Record<string, string[]>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const found: Record<string, string[]> = {};
    for (const { name } of projectors.flatMap(({ tables }) => tables)) {
      const { rows } = await client.query<{ row: Record<string, unknown> }>(
        `select to_jsonb(t) as row from read.${name} t where tenant_id = $1`,
        [tenant],
      );
      found[name] = rows
        .map(({ row }) => JSON.stringify(Object.entries(row).filter(([column]) => !places.includes(column))))
        // Only the target says that it was imported.
        .filter((row) => !row.includes('data.imported'))
        .sort();
    }
    return found;
  } finally {
    await client.end();
  }
}

async function settled(running: RunningTestDaybook): Promise<void> {
  await running.eventually<{ data: { state: string; lagCommits: number }[] }>(
    '/api/v1/projections',
    ({ data }) => data.length > 0 && data.every((one) => one.state === 'running' && one.lagCommits === 0),
    20_000,
  );
}

const text = 'The lamp came late. It works. Olá, Ana — 灯.';
const tenants = ['acme', 'globex'] as const;

const song = 'The canary sings in the mine at noon.';

/** A document, a question of ana's that it answers, what she thinks of it, and what a reviewer makes of it. */
async function known(admin: Actor, ana: Actor): Promise<void> {
  await upload(admin, 'legal', 'canary.md', song);
  await ana.inForce();
  const { query, position } = await ana.json<{ query: string; position: string }>('POST', '/api/v1/queries', {
    question,
  });
  const at = `/api/v1/queries/${query}`;
  await ana.json('POST', `${at}/feedback?after=${position}`, { right: true, comment: 'It sang to me.' });
  const task = await ana.json<{ review: string; position: string }>(
    'POST',
    `${at}/escalate?after=${position}`,
  );
  const answer = { resolution: 'corrected', answer: 'At noon, and at one.', index: false };
  await admin.json('POST', `/api/v1/reviews/${task.review}/resolve?after=${task.position}`, answer);
}

async function filled(
  running: RunningTestDaybook,
  tenant: string,
): Promise<{ admin: Actor; secret: string }> {
  const platform = actor(running.url);
  const made = await platform.json<{ adminKey: { secret: string } }>('POST', '/api/v1/tenants', {
    tenant,
    name: `The ${tenant}`,
  });
  const { secret } = made.adminKey;
  const admin = actor(running.url, secret);
  await admin.inForce();
  await admin.json('POST', '/api/v1/departments', { slug: 'legal', name: 'Legal' });
  for (const id of ['ana', 'gone'])
    await admin.json('POST', '/api/v1/users', { id, displayName: `${id} S.` });
  await admin.json('PUT', '/api/v1/members/ana/legal', { role: 'department-lead' });
  const ana = await issueFor(admin, { name: 'of ana', role: 'member', user: 'ana' });
  await known(admin, actor(running.url, ana.secret));
  await admin.json('POST', '/api/v1/budgets', {
    scope: 'user',
    id: 'ana',
    period: 'monthly',
    limitUsd: '1',
  });
  for (const [user, words] of [
    ['ana', text],
    ['ana', 'x'.repeat(700_000)],
    ['gone', 'A letter that is to go.'],
  ]) {
    const answer = await admin.fetch(
      'POST',
      '/v1/chat/completions',
      { model: 'builtin/extractive', user, messages: [{ role: 'user', content: words }] },
      { 'daybook-session': `s-of-${user}` },
    );
    expect(answer.status).toBe(200);
    await answer.arrayBuffer();
  }
  await admin.json('POST', '/api/v1/agents/messages', {
    from: 'planner',
    to: { agent: 'writer' },
    type: 'note',
    conversation: 'c1',
    body: { say: text },
  });
  const { report } = await admin.json<{ report: string }>('DELETE', '/api/v1/users/gone/data');
  const deadline = performance.now() + 10_000;
  while ((await admin.json<{ status: string }>('GET', report)).status !== 'completed') {
    if (performance.now() > deadline) throw new Error('the erasure is not completed');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await admin.json('PUT', '/api/v1/retention', { prompts: 365 });
  return { admin, secret };
}

let source: RunningTestDaybook;
let folder: string;
const secrets: Record<string, string> = {};
const before: Record<string, Record<string, string[]>> = {};
const archive = (tenant: string) => join(folder, `${tenant}.tar`);

beforeAll(async () => {
  folder = freshFolder();
  source = await testDaybook({ folder });
  for (const tenant of tenants) secrets[tenant] = (await filled(source, tenant)).secret;
  for (const tenant of tenants) await daybook(folder, 'export', archive(tenant), '--tenant', tenant);
  await settled(source);
  for (const tenant of tenants) before[tenant] = await readModels(source.daybook.urls.database, tenant);
}, 60_000);
afterAll(() => source.stop());

test('two tenants, taken along and brought into an empty installation, are what they were', async () => {
  const target = freshFolder();
  for (const tenant of tenants)
    expect(await daybook(target, 'import', archive(tenant))).toMatchObject({ tenant });
  await expect(daybook(target, 'import', archive('acme'))).rejects.toMatchObject({
    code: 4,
    stderr: expect.stringContaining('a tenant acme already'),
  });
  const running = await testDaybook({ folder: target });
  try {
    await settled(running);
    for (const tenant of tenants) {
      expect(before[tenant]?.['llm_invocations']?.length).toBeGreaterThan(3);
      for (const name of ['documents', 'answers', 'answer_citations', 'answer_feedback', 'reviews'])
        expect(before[tenant]?.[name]?.length, name).toBeGreaterThan(0);
      const after = await readModels(running.daybook.urls.database, tenant);
      for (const [table, rows] of Object.entries(before[tenant] ?? {}))
        expect(after[table], `${table} of ${tenant}`).toEqual(rows);
      // The same keys open the same contents, under other keys; who was erased stays so.
      const admin = actor(running.url, secrets[tenant]);
      const { data } = await admin.json<{ data: { id: string; user: string }[] }>(
        'GET',
        '/api/v1/invocations',
      );
      const calls = JSON.stringify(
        await Promise.all(data.map(({ id }) => admin.json('GET', `/api/v1/invocations/${id}`))),
      );
      expect(calls).toContain(text);
      expect(calls).toContain('x'.repeat(700_000));
      expect(calls).not.toContain('A letter that is to go.');
      expect(calls.match(/"prompt":\{"redacted":true\}/g)).toHaveLength(1);
      expect(await admin.json('GET', '/api/v1/users/ana')).toMatchObject({
        profile: { displayName: 'ana S.' },
      });
      await knownAfter(admin);
      // It goes on: the same person, the same budget.
      const answer = await admin.call('builtin/extractive', { user: 'ana' });
      expect(answer.headers.get('daybook-budget-remaining-usd')).not.toBe('unlimited');
    }
    const { data } = await running.json<{ data: { tenant: string }[] }>('/api/v1/tenants');
    expect(data.map(({ tenant }) => tenant)).toEqual(['acme', 'default', 'globex']);
    const verified = await daybook(target, 'log', 'verify');
    expect(verified).toMatchObject({ firstBreak: null, audit: { findings: [] } });
  } finally {
    await running.stop();
  }
}, 90_000);

/** What was asked and answered is there; files are not, and are found again once they are brought again. */
async function knownAfter(admin: Actor): Promise<void> {
  const answers = await admin.json<{ data: object[] }>('GET', '/api/v1/queries');
  expect(answers.data).toMatchObject([{ question, answeredBy: 'person', text: 'At noon, and at one.' }]);
  const at = '/api/v1/knowledge/legal/documents';
  const { data } = await admin.json<{ data: { document: string; name: string }[] }>('GET', at);
  expect(data).toMatchObject([{ name: 'canary.md', status: 'indexed' }]);
  const { document = '' } = data[0] ?? {};
  expect((await admin.fetch('GET', `${at}/${document}/content`)).status).toBe(404);
  const asked = { question, cache: false };
  expect(await admin.json('POST', '/api/v1/queries', asked)).toMatchObject({ citations: [] });
  await upload(admin, 'legal', 'canary.md', song, { document });
  expect(await admin.json('POST', '/api/v1/queries', asked)).toMatchObject({
    citations: [{ document, quote: song }],
  });
}

test('a damaged archive is refused by the name of the file, and nothing is imported', async () => {
  const target = freshFolder();
  const whole = readFileSync(archive('acme'));
  const at = (name: string) => whole.indexOf(name, 0, 'latin1');
  const broken = (bytes: Buffer) => {
    const file = join(target, 'broken.tar');
    writeFileSync(file, bytes);
    return daybook(target, 'import', file);
  };
  const changed = Buffer.from(whole);
  const inEvents = at('events-00001.jsonl') + 512 + 200;
  changed[inEvents] = (changed[inEvents] as number) ^ 1;
  await expect(broken(changed)).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('events-00001.jsonl is not what was exported'),
  });
  await expect(broken(whole.subarray(0, at('contents-00001.jsonl') + 700))).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('contents-00001.jsonl'),
  });
  const cut = Buffer.concat([whole.subarray(0, at('contents-00001.jsonl')), Buffer.alloc(1024)]);
  await expect(broken(cut)).rejects.toMatchObject({ stderr: expect.stringContaining('manifest.json') });
  await expect(broken(Buffer.from('no archive at all'))).rejects.toMatchObject({ code: 2 });
  expect(await daybook(target, 'import', archive('acme'))).toMatchObject({ tenant: 'acme' });
}, 60_000);

test('a person’s archive has what is theirs in the clear, nothing of others, and is for reading', async () => {
  const admin = actor(source.url, secrets['acme']);
  const response = await admin.fetch('POST', '/api/v1/exports', { user: 'ana' });
  expect(response.status).toBe(200);
  const bytes = Buffer.from(await response.arrayBuffer());
  const files = new Map<string, string>();
  for await (const { name, bytes: of } of readTar(Readable.from([bytes])))
    files.set(name, Buffer.from(of).toString());
  const manifest: unknown = JSON.parse(files.get('manifest.json') ?? '');
  expect(manifest).toMatchObject({ kind: 'person', tenant: 'acme', counts: { ids: 1, ended: 0 } });
  const all = [...files.values()].join('\n');
  // No place of the log is told but by a token: sequences would count what others do.
  const { epoch } = (manifest as { log: { epoch: string } }).log;
  expect(all.match(new RegExp(`${epoch}-\\d`))).toBeNull();
  expect(
    readFileSync(archive('acme'))
      .toString('latin1')
      .match(new RegExp(`${epoch}-\\d`)),
  ).toBeNull();
  expect(all).toContain(text);
  expect(all).toContain('ana S.');
  expect(all).not.toContain('A letter that is to go');
  expect(files.get('contents-00001.jsonl')).not.toContain('"say"');
  for (const own of [question, 'It sang to me.', 'At noon, and at one.']) expect(all).toContain(own);
  // The document is its department's.
  expect(all).not.toContain('canary.md');
  const types = new Set(
    (files.get('events-00001.jsonl') ?? '')
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { type: string }).type),
  );
  expect(types).toEqual(
    new Set([
      'user.registered',
      'membership.granted',
      'key.issued',
      'budget.defined',
      'budget.reserved',
      'budget.settled',
      'invocation.completed',
      'query.answered',
      'query.feedback.given',
      'review.requested',
      'review.resolved',
      'data.exported',
    ]),
  );
  const file = join(folder, 'ana.tar');
  writeFileSync(file, bytes);
  await expect(daybook(freshFolder(), 'import', file)).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('for reading'),
  });
  expect((await admin.fetch('POST', '/api/v1/exports', { user: 'nobody' })).status).toBe(404);
  const { secret } = await issueFor(admin, { name: 'an auditor', role: 'auditor' });
  const auditor = actor(source.url, secret);
  await auditor.inForce();
  expect((await auditor.fetch('POST', '/api/v1/exports', {})).status).toBe(403);
}, 60_000);

test('a tenant in which nothing was said yet travels, too, and so does one without any server', async () => {
  const variables = { DAYBOOK_PROFILE: 'embedded' };
  const [from, to] = [freshFolder(), freshFolder()];
  const first = await testDaybook({ folder: from, variables });
  const empty = join(from, 'empty.tar');
  try {
    await actor(first.url).json('POST', '/api/v1/tenants', { tenant: 'quiet', name: 'Quiet' });
    await daybookOn('embedded', from, 'export', empty, '--tenant', 'quiet');
    await expect(
      daybookOn('embedded', from, 'export', join(from, 'x.tar'), '--tenant', 'nobody'),
    ).rejects.toMatchObject({ code: 4 });
  } finally {
    await first.stop();
  }
  expect(await daybookOn('embedded', to, 'import', empty)).toMatchObject({ tenant: 'quiet', contents: 0 });
  expect(await daybookOn('embedded', to, 'import', archive('acme'))).toMatchObject({ tenant: 'acme' });
  const second = await testDaybook({ folder: to, variables });
  try {
    await settled(second);
    const after = await readModels(second.daybook.urls.database, 'acme');
    expect(after['llm_invocations']).toEqual(before['acme']?.['llm_invocations']);
    const { data } = await second.json<{ data: { tenant: string }[] }>('/api/v1/tenants');
    expect(data.map(({ tenant }) => tenant)).toEqual(['acme', 'default', 'quiet']);
  } finally {
    await second.stop();
  }
}, 90_000);

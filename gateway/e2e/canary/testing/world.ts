import { randomUUID } from 'node:crypto';
import { type RunningTestDaybook, testDaybook } from '../../../../infra/testing/daybook.ts';
import { type ScriptedUpstream, scriptedUpstream } from '../../../../infra/testing/upstream.ts';
import { type Actor, actor, issueFor } from '../../testing/actors.ts';
import type { Ids } from '../routes.ts';
import { echo } from './echo.ts';
import { libraryOf } from './library.ts';

/** One of two tenants whose people, departments, budgets, workflows and calls have the same names. */
export interface Tenant {
  readonly id: string;
  /** Stands in every content of the tenant, and in nothing of the other's. */
  readonly marker: string;
  readonly admin: Actor;
  readonly secret: string;
  /** What the other tenant has not. */
  readonly only: Ids;
  /** Of the department `sales`. */
  readonly sales: Ids;
}

export interface World {
  readonly running: RunningTestDaybook;
  readonly platform: Actor;
  readonly acme: Tenant;
  readonly globex: Tenant;
  stop(): Promise<void>;
}

const config = (upstream: ScriptedUpstream) => `
providers:
  - { id: test, kind: openai-compatible, baseUrl: "${upstream.url}", tier: 1, local: false }
models:
  - { name: echo, provider: test, price: { input: "1", output: "10" } }
routing:
  exact: only
# Whatever was found is answered: what is told to whom is the question here, not how sure it is.
knowledge: { threshold: 0, answerModel: builtin/extractive }
`;

export async function worldOf(profile: 'auto' | 'embedded' = 'auto'): Promise<World> {
  const upstream = await scriptedUpstream({ echo });
  const running = await testDaybook({
    config: config(upstream),
    variables: { DAYBOOK_PROFILE: profile },
  });
  const platform = actor(running.url);
  const tenants: Tenant[] = [];
  for (const id of ['acme', 'globex']) tenants.push(await tenantOf(running.url, platform, id));
  const [acme, globex] = tenants;
  if (!acme || !globex) throw new Error('There are two tenants.');
  return {
    running,
    platform,
    acme,
    globex,
    async stop() {
      await running.stop();
      await upstream.stop();
    },
  };
}

/** A tenant's administrator, once the gateway has heard of the key. */
export async function adminOf(
  url: string,
  platform: Actor,
  tenant: string,
  name = tenant,
): Promise<{ admin: Actor; secret: string }> {
  const { adminKey } = await platform.json<{ adminKey: { secret: string } }>('POST', '/api/v1/tenants', {
    tenant,
    name,
  });
  const admin = actor(url, adminKey.secret);
  await admin.inForce();
  return { admin, secret: adminKey.secret };
}

async function tenantOf(url: string, platform: Actor, id: string): Promise<Tenant> {
  const marker = `CANARY${id}7Q`;
  const { admin, secret } = await adminOf(url, platform, id, `${marker} Ltd`);
  await commonThings(admin, marker);
  const only = await thingsOf(admin, `${id}-only`, marker);
  const sales = await thingsOf(admin, 'sales', marker);
  return { id, marker, admin, secret, only: { ...only, tenant: id }, sales: { ...sales, tenant: id } };
}

/** The same in both, by name and text but for the marker. */
async function commonThings(admin: Actor, marker: string): Promise<void> {
  for (const slug of ['legal', 'support'])
    await admin.json('POST', '/api/v1/departments', { slug, name: `${marker} ${slug}`, description: marker });
  for (const user of ['ana', 'lea', 'mia', 'rob', 'gone'])
    await admin.json('POST', '/api/v1/users', { id: user, displayName: `${marker} ${user}` });
  for (const [scope, name] of [
    ['user', 'ana'],
    ['department', 'legal'],
    ['session', 's1'],
  ])
    await admin.json('POST', '/api/v1/budgets', { scope, id: name, period: 'daily', limitUsd: '9' });
  await admin.json('POST', '/api/v1/budgets', { scope: 'tenant', period: 'monthly', limitUsd: '99' });
  for (const note of ['one', 'two'])
    await admin.json('POST', '/api/v1/workflows/plan/versions', {
      definition: { steps: [{ id: note, uses: marker }] },
      note: `${marker} ${note}`,
    });
  await libraryOf(admin, 'legal', marker, { escalated: false });
  await say(admin, marker, { conversation: 'talk', run: 'r1' });
  await ask(admin, marker, { 'daybook-user': 'ana', 'daybook-department': 'legal', 'daybook-session': 's1' });
}

const say = (admin: Actor, marker: string, more: { conversation: string; run: string }) =>
  admin.json('POST', '/api/v1/agents/messages', {
    from: 'planner',
    to: { agent: 'writer' },
    type: 'note',
    body: { text: marker },
    ...more,
  });

/** A call whose question and answer hold the marker; resolves to its answer, read to its end. */
async function ask(
  admin: Actor,
  marker: string,
  headers: Record<string, string>,
  more: object = {},
): Promise<{ headers: Headers; text: string }> {
  const answer = await admin.fetch(
    'POST',
    '/v1/chat/completions',
    {
      model: 'test/echo',
      max_tokens: 40,
      messages: [{ role: 'user', content: `What does ${marker} know?` }],
      ...more,
    },
    headers,
  );
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} ${text}`);
  return { headers: answer.headers, text };
}

/** One of each kind, in a department and of a person of that name. */
async function thingsOf(admin: Actor, name: string, marker: string): Promise<Omit<Ids, 'tenant'>> {
  const user = `${name}-ana`;
  const department = name;
  const { department: departmentId } = await admin.json<{ department: string }>(
    'POST',
    '/api/v1/departments',
    { slug: department, name: `${marker} ${name}` },
  );
  const { user: userId } = await admin.json<{ user: string }>('POST', '/api/v1/users', {
    id: user,
    displayName: `${marker} Ana`,
    email: `${marker}@example.com`,
  });
  await admin.json('PUT', `/api/v1/members/${user}/${department}`, { role: 'reviewer' });
  const { key } = await issueFor(admin, { name: `${marker} key`, department, user });
  for (const [scope, id] of [
    ['user', user],
    ['department', department],
    ['key', key],
  ])
    await admin.json('POST', '/api/v1/budgets', { scope, id, period: 'daily', limitUsd: '7' });
  const workflow = `${name}-plan`;
  for (const step of ['one', 'two'])
    await admin.json('POST', `/api/v1/workflows/${workflow}/versions`, {
      definition: { steps: [{ id: step, uses: marker }] },
      note: marker,
    });
  const conversation = `${name}-talk`;
  const run = `${name}-run`;
  await say(admin, marker, { conversation, run });
  const attributed = { 'daybook-user': user, 'daybook-department': department, 'daybook-run': run };
  const whole = await ask(admin, marker, attributed);
  const streamed = await ask(admin, marker, { ...attributed, 'daybook-resumable': 'true' }, { stream: true });
  const kept = await admin.fetch(
    'POST',
    '/v1/responses',
    { model: 'test/echo', input: `What does ${marker} know?`, max_output_tokens: 40 },
    attributed,
  );
  const { id: response } = (await kept.json()) as { id: string };
  const { document, query, review } = await libraryOf(admin, department, marker, { conversation });
  const position = kept.headers.get('daybook-position');
  await admin.json('GET', `/api/v1/invocations?after=${position}`);
  return {
    user,
    userId,
    department,
    departmentId,
    workflow,
    conversation,
    run,
    key,
    invocation: whole.headers.get('daybook-invocation-id') ?? '',
    stream: streamed.headers.get('daybook-stream-id') ?? '',
    response,
    document,
    query,
    review,
  };
}

/** Of the same shape, and nobody's. */
export function madeUp(like: Ids): Ids {
  // As old as the one that it stands beside: what is young may be waited for.
  const uuid = (id: string) => id.replace(/.{12}$/, randomUUID().slice(-12));
  const opaque = (id: string) => `${id.slice(0, 2)}${randomText(id.length - 2)}`;
  const name = (text: string) => text.replace(/^[a-z]+/, (word) => randomText(word.length).toLowerCase());
  return {
    tenant: 'nobody',
    user: name(like.user),
    userId: opaque(like.userId),
    department: name(like.department),
    departmentId: opaque(like.departmentId),
    workflow: name(like.workflow),
    conversation: name(like.conversation),
    run: name(like.run),
    key: opaque(like.key),
    invocation: uuid(like.invocation),
    stream: uuid(like.stream),
    response: uuid(like.response),
    document: uuid(like.document),
    query: uuid(like.query),
    review: uuid(like.review),
  };
}

const letters = 'abcdefghijklmnopqrstuvwxyz';
const randomText = (length: number): string =>
  Array.from({ length }, () => letters[Math.floor(Math.random() * letters.length)]).join('');

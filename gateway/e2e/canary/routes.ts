import type { Permission } from '../../../schemas/roles.ts';

/** What only one tenant has. The same names with made-up values are what nobody has. */
export interface Ids {
  readonly tenant: string;
  readonly user: string;
  /** Opaque, as the log knows the person. */
  readonly userId: string;
  readonly department: string;
  readonly departmentId: string;
  readonly workflow: string;
  readonly conversation: string;
  readonly run: string;
  readonly key: string;
  readonly invocation: string;
  readonly response: string;
  readonly stream: string;
}

export interface Question {
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Row {
  /** Method and path, as the OpenAPI document has them. */
  readonly route: string;
  /** `open`: asked without a key, and the same for everybody. */
  readonly permission: Permission | 'open';
  /** The status for the administrator of another tenant who asks by ids of this one; the same as for made-up ids. */
  readonly foreign: number;
  /** `operator`: it tells of the whole installation, and needs a permission that no tenant's key has, or is open. */
  readonly tells: 'own' | 'operator' | 'installation';
  readonly ask: (ids: Ids) => readonly Question[];
  /** For a lead of one department who asks by ids of another one's; absent where departments do not bound it. */
  readonly otherDepartment?: number;
  readonly note?: string;
}

const paths = (...all: string[]): Question[] => all.map((path) => ({ path }));
const api = (...all: string[]): Question[] => paths(...all.map((path) => `/api/v1${path}`));

type Of = Pick<Row, 'permission' | 'foreign'> & Partial<Row>;
const row = (route: string, { permission, foreign, ...rest }: Of): Row => ({
  route,
  permission,
  foreign,
  tells: 'own',
  ask: () => paths(route.split(' ')[1] ?? ''),
  ...rest,
});

const money = { period: 'daily', limitUsd: '5', mode: 'soft' };
const plan = { steps: [{ id: 'a', uses: 'x' }] };

/** 200: an empty list, for the filter stands for nothing here. */
const management: readonly Row[] = [
  row('POST /api/v1/budgets', {
    permission: 'budgets.manage',
    foreign: 201,
    ask: ({ userId, departmentId }) => [
      { path: '/api/v1/budgets', body: { ...money, scope: 'user', id: userId } },
      { path: '/api/v1/budgets', body: { ...money, scope: 'department', id: departmentId } },
    ],
    note: 'a budget of one’s own, for an id that stands for nobody',
  }),
  row('GET /api/v1/budgets', { permission: 'budgets.read', foreign: 200 }),
  row('DELETE /api/v1/budgets/{scope}/{id}/{period}', {
    permission: 'budgets.manage',
    foreign: 404,
    ask: ({ user, key }) => api(`/budgets/user/${user}/daily`, `/budgets/key/${key}/daily`),
  }),
  row('POST /api/v1/budgets/{scope}/{id}/{period}/reset', {
    permission: 'budgets.manage',
    foreign: 404,
    ask: ({ user, key }) => api(`/budgets/user/${user}/daily/reset`, `/budgets/key/${key}/daily/reset`),
  }),
  row('GET /api/v1/budgets/utilization', { permission: 'budgets.read', foreign: 200 }),
  row('GET /api/v1/budgets/top-spenders', { permission: 'budgets.read', foreign: 200 }),
  row('GET /api/v1/budgets/alerts', { permission: 'budgets.read', foreign: 200 }),
  row('GET /api/v1/budgets/{scope}/{id}', {
    permission: 'budgets.read',
    foreign: 404,
    otherDepartment: 404,
    ask: ({ department }) => api(`/budgets/department/${department}`),
  }),
  row('GET /api/v1/invocations', {
    permission: 'invocations.read',
    foreign: 200,
    otherDepartment: 200,
    ask: ({ user, userId, department, run }) =>
      api(
        `/invocations?user=${user}`,
        `/invocations?user=${userId}`,
        `/invocations?department=${department}`,
        `/invocations?run=${run}`,
      ),
  }),
  row('GET /api/v1/invocations/{id}', {
    permission: 'invocations.read',
    foreign: 404,
    otherDepartment: 404,
    ask: ({ invocation }) => api(`/invocations/${invocation}`),
  }),
  row('GET /api/v1/invocations/{id}/decision', {
    permission: 'invocations.read',
    foreign: 404,
    otherDepartment: 404,
    ask: ({ invocation }) => api(`/invocations/${invocation}/decision`),
  }),
  row('GET /api/v1/costs', {
    permission: 'costs.read',
    foreign: 200,
    ask: () => api('/costs?groupBy=user', '/costs?groupBy=key'),
  }),
  row('GET /api/v1/events', {
    permission: 'events.read',
    foreign: 200,
    ask: ({ key, userId }) => api(`/events?aggregate=${key}`, `/events?aggregate=${userId}`),
  }),
  row('GET /api/v1/events/stream', { permission: 'events.read', foreign: 200 }),
  row('POST /api/v1/workflows/{id}/versions', {
    permission: 'workflows.publish',
    foreign: 201,
    ask: ({ workflow }) => [{ path: `/api/v1/workflows/${workflow}/versions`, body: { definition: plan } }],
    note: 'the first version of one’s own workflow of that name',
  }),
  row('GET /api/v1/workflows/{id}/versions', {
    permission: 'workflows.read',
    foreign: 200,
    ask: ({ workflow }) => api(`/workflows/${workflow}-x/versions`),
  }),
  row('GET /api/v1/workflows/{id}/versions/{version}', {
    permission: 'workflows.open',
    foreign: 404,
    ask: ({ workflow }) => api(`/workflows/${workflow}/versions/2`),
  }),
  row('GET /api/v1/workflows/{id}/versions/{a}/diff/{b}', {
    permission: 'workflows.open',
    foreign: 404,
    ask: ({ workflow }) => api(`/workflows/${workflow}/versions/2/diff/2`),
  }),
  row('POST /api/v1/agents/messages', {
    permission: 'messages.send',
    foreign: 201,
    ask: ({ conversation }) => [
      {
        path: '/api/v1/agents/messages',
        body: { from: 'a', to: { agent: 'b' }, type: 'note', conversation: `${conversation}-x`, body: 1 },
      },
    ],
    note: 'a conversation of one’s own by that name',
  }),
  row('GET /api/v1/agents/messages', {
    permission: 'messages.read',
    foreign: 200,
    ask: ({ conversation, run }) =>
      api(`/agents/messages?conversation=${conversation}`, `/agents/messages?run=${run}`),
  }),
  row('GET /api/v1/projections', {
    permission: 'projections.read',
    foreign: 200,
    tells: 'installation',
    note: 'states; how far behind, how long and where is told to the operator alone',
  }),
  row('POST /api/v1/projections/{name}/rebuild', {
    permission: 'projections.rebuild',
    foreign: 403,
    tells: 'operator',
    ask: () => api('/projections/nothing/rebuild'),
  }),
  row('GET /api/v1/breakers', { permission: 'routing.read', foreign: 200 }),
  row('GET /api/v1/breakers/changes', { permission: 'routing.read', foreign: 200 }),
  row('GET /api/v1/providers', {
    permission: 'routing.read',
    foreign: 200,
    tells: 'installation',
    note: 'health of providers, which all tenants share',
  }),
  row('GET /api/v1/audit', {
    permission: 'audit.read',
    foreign: 200,
    ask: ({ userId, key }) => api(`/audit?actor=${userId}`, `/audit?actor=${key}`, `/audit?target=${key}`),
  }),
  row('GET /api/v1/audit/export', {
    permission: 'audit.read',
    foreign: 200,
    ask: ({ userId, key }) =>
      api(`/audit/export?format=csv&actor=${userId}`, `/audit/export?format=jsonl&target=${key}`),
  }),
  row('GET /api/v1/retention', { permission: 'retention.read', foreign: 200 }),
  row('PUT /api/v1/retention', {
    permission: 'retention.manage',
    foreign: 200,
    ask: () => [{ path: '/api/v1/retention', body: { prompts: 3_000 } }],
    note: 'of one’s own tenant, whoever asks',
  }),
  row('GET /api/v1/erasures/{id}', {
    permission: 'audit.read',
    foreign: 404,
    ask: ({ userId }) => api(`/erasures/${userId}`),
  }),
  row('POST /api/v1/exports', {
    permission: 'data.export',
    foreign: 404,
    ask: ({ user, userId }) => [user, userId].map((id) => ({ path: '/api/v1/exports', body: { user: id } })),
  }),
  row('GET /api/v1/audit/notary', { permission: 'notary.read', foreign: 403, tells: 'operator' }),
];

const identity: readonly Row[] = [
  row('GET /api/v1/me', { permission: 'me.read', foreign: 200 }),
  row('POST /api/v1/tenants', { permission: 'tenants.manage', foreign: 403, tells: 'operator' }),
  row('GET /api/v1/tenants', { permission: 'tenants.manage', foreign: 403, tells: 'operator' }),
  row('GET /api/v1/tenants/{tenant}', {
    permission: 'tenants.manage',
    foreign: 403,
    tells: 'operator',
    ask: ({ tenant }) => api(`/tenants/${tenant}`),
  }),
  row('PATCH /api/v1/tenants/{tenant}', {
    permission: 'tenants.manage',
    foreign: 403,
    tells: 'operator',
    ask: ({ tenant }) => [{ path: `/api/v1/tenants/${tenant}`, body: { name: 'Taken' } }],
  }),
  row('POST /api/v1/tenants/{tenant}/admin-keys', {
    permission: 'tenants.manage',
    foreign: 403,
    tells: 'operator',
    ask: ({ tenant }) => api(`/tenants/${tenant}/admin-keys`),
  }),
  row('POST /api/v1/tenants/{tenant}/{action}', {
    permission: 'tenants.manage',
    foreign: 403,
    tells: 'operator',
    ask: ({ tenant }) => api(`/tenants/${tenant}/suspend`),
  }),
  row('POST /api/v1/departments', {
    permission: 'departments.manage',
    foreign: 201,
    ask: ({ departmentId }) => [{ path: '/api/v1/departments', body: { slug: departmentId } }],
    note: 'a department of one’s own by that name',
  }),
  row('GET /api/v1/departments', { permission: 'departments.read', foreign: 200 }),
  row('GET /api/v1/departments/{department}', {
    permission: 'departments.read',
    foreign: 404,
    otherDepartment: 404,
    ask: ({ department }) => api(`/departments/${department}`),
  }),
  row('PATCH /api/v1/departments/{department}', {
    permission: 'departments.manage',
    foreign: 404,
    ask: ({ department }) => [{ path: `/api/v1/departments/${department}`, body: { name: 'Taken' } }],
  }),
  row('POST /api/v1/departments/{department}/{action}', {
    permission: 'departments.manage',
    foreign: 404,
    ask: ({ department }) => api(`/departments/${department}/archive`),
  }),
  row('POST /api/v1/users', {
    permission: 'users.manage',
    foreign: 201,
    ask: ({ userId }) => [{ path: '/api/v1/users', body: { id: `${userId}x` } }],
    note: 'a person of one’s own by that name',
  }),
  row('GET /api/v1/users', { permission: 'users.read', foreign: 200 }),
  row('GET /api/v1/users/{user}', {
    permission: 'users.read',
    foreign: 404,
    ask: ({ user, userId }) => api(`/users/${user}`, `/users/${userId}`),
  }),
  row('PUT /api/v1/users/{user}/profile', {
    permission: 'users.manage',
    foreign: 404,
    ask: ({ user, userId }) =>
      [user, userId].map((id) => ({ path: `/api/v1/users/${id}/profile`, body: { displayName: 'Taken' } })),
  }),
  row('POST /api/v1/users/{user}/{action}', {
    permission: 'users.manage',
    foreign: 404,
    ask: ({ user, userId }) => api(`/users/${user}/disable`, `/users/${userId}/disable`),
  }),
  row('PUT /api/v1/users/{user}/password', {
    permission: 'users.manage',
    foreign: 404,
    ask: ({ user, userId }) =>
      [user, userId].map((id) => ({
        path: `/api/v1/users/${id}/password`,
        body: { password: 'a password that is long' },
      })),
  }),
  row('DELETE /api/v1/users/{user}/password', {
    permission: 'users.manage',
    foreign: 404,
    ask: ({ user, userId }) => api(`/users/${user}/password`, `/users/${userId}/password`),
  }),
  row('PUT /api/v1/me/password', {
    permission: 'me.password',
    foreign: 401,
    ask: () => [
      { path: '/api/v1/me/password', body: { current: 'is not this', password: 'a password that is long' } },
    ],
    note: 'a key has no password, whatever it may',
  }),
  row('DELETE /api/v1/users/{id}/data', {
    permission: 'data.erase',
    foreign: 404,
    ask: ({ user }) => api(`/users/${user}/data`),
  }),
  row('GET /api/v1/members', {
    permission: 'members.read',
    foreign: 200,
    otherDepartment: 200,
    ask: ({ user, userId, department }) =>
      api(`/members?user=${user}`, `/members?user=${userId}`, `/members?department=${department}`),
  }),
  row('PUT /api/v1/members/{user}/{department}', {
    permission: 'members.manage',
    foreign: 404,
    otherDepartment: 403,
    ask: ({ user, userId, department, departmentId }) =>
      [`${user}/${department}`, `${userId}/${departmentId}`].map((place) => ({
        path: `/api/v1/members/${place}`,
        body: { role: 'member' },
      })),
  }),
  row('DELETE /api/v1/members/{user}/{department}', {
    permission: 'members.manage',
    foreign: 404,
    otherDepartment: 403,
    ask: ({ user, userId, department, departmentId }) =>
      api(`/members/${user}/${department}`, `/members/${userId}/${departmentId}`),
  }),
  row('POST /api/v1/keys', {
    permission: 'keys.manage',
    foreign: 404,
    otherDepartment: 403,
    ask: ({ user, department }) => [
      { path: '/api/v1/keys', body: { name: 'x', role: 'member', user, department } },
    ],
  }),
  row('GET /api/v1/keys', {
    permission: 'keys.read',
    foreign: 200,
    otherDepartment: 200,
    ask: ({ user, department }) => api(`/keys?user=${user}`, `/keys?department=${department}`),
  }),
  row('GET /api/v1/keys/{key}', {
    permission: 'keys.read',
    foreign: 404,
    otherDepartment: 404,
    ask: ({ key }) => api(`/keys/${key}`),
  }),
  row('DELETE /api/v1/keys/{key}', {
    permission: 'keys.manage',
    foreign: 404,
    otherDepartment: 403,
    ask: ({ key }) => api(`/keys/${key}`),
  }),
  row('POST /api/v1/keys/{key}/rotate', {
    permission: 'keys.manage',
    foreign: 404,
    otherDepartment: 403,
    ask: ({ key }) => [{ path: `/api/v1/keys/${key}/rotate`, body: {} }],
  }),
];

const messages = [{ role: 'user', content: 'How are you?' }];
const called = (path: string, body: object): Row =>
  row(`POST ${path}`, {
    permission: 'models.call',
    foreign: 200,
    otherDepartment: 403,
    ask: ({ department, user }) => [
      { path, body, headers: { 'daybook-department': department, 'daybook-user': user } },
    ],
    note: 'attributed to names of one’s own, whoever else has them',
  });

const models: readonly Row[] = [
  called('/v1/chat/completions', { model: 'test/echo', max_tokens: 40, messages }),
  called('/v1/messages', { model: 'test/echo', max_tokens: 40, messages }),
  called('/v1/completions', { model: 'test/echo', max_tokens: 40, prompt: 'How are you?' }),
  called('/v1/embeddings', { model: 'builtin/hash', input: 'How are you?' }),
  row('POST /v1/responses', {
    permission: 'models.call',
    foreign: 400,
    ask: ({ response }) => [
      {
        path: '/v1/responses',
        body: { model: 'test/echo', input: 'And then?', previous_response_id: response },
      },
    ],
    note: 'no such previous response',
  }),
  row('POST /v1/moderations', {
    permission: 'models.call',
    foreign: 404,
    ask: () => [{ path: '/v1/moderations', body: { model: 'test/none', input: 'x' } }],
    note: 'no model here serves it',
  }),
  row('POST /v1/rerank', {
    permission: 'models.call',
    foreign: 404,
    ask: () => [{ path: '/v1/rerank', body: { model: 'test/none', query: 'x', documents: ['x'] } }],
    note: 'no model here serves it',
  }),
  row('POST /v1/messages/count_tokens', {
    permission: 'models.call',
    foreign: 200,
    ask: () => [{ path: '/v1/messages/count_tokens', body: { model: 'test/echo', messages } }],
  }),
  row('GET /v1/responses/{id}', {
    permission: 'models.call',
    foreign: 404,
    otherDepartment: 404,
    ask: ({ response }) => paths(`/v1/responses/${response}`),
  }),
  row('GET /v1/responses/{id}/input_items', {
    permission: 'models.call',
    foreign: 404,
    otherDepartment: 404,
    ask: ({ response }) => paths(`/v1/responses/${response}/input_items`),
  }),
  row('GET /v1/streams/{id}', {
    permission: 'models.call',
    foreign: 404,
    otherDepartment: 404,
    ask: ({ stream }) => paths(`/v1/streams/${stream}`),
  }),
  row('GET /v1/models', { permission: 'models.read', foreign: 200, tells: 'installation' }),
  row('POST /auth/sign-in', {
    permission: 'open',
    foreign: 403,
    ask: ({ tenant, user }) => [
      { path: '/auth/sign-in', body: { tenant, user, password: 'a password that is long' } },
    ],
    note: 'only from a page of ours: whoever brings no origin is refused before anything is looked at',
  }),
  row('POST /auth/sign-out', { permission: 'open', foreign: 403 }),
  row('GET /health', { permission: 'open', foreign: 200 }),
  row('GET /ready', { permission: 'open', foreign: 200, tells: 'operator' }),
  row('GET /metrics', { permission: 'open', foreign: 200, tells: 'operator' }),
];

/** Every route of the OpenAPI document; one that has no row fails the suite. */
export const rows: readonly Row[] = [...management, ...identity, ...models];

import { api, type Row, row } from './row.ts';

const money = { period: 'daily', limitUsd: '5', mode: 'soft' };
const plan = { steps: [{ id: 'a', uses: 'x' }] };

/** 200: an empty list, for the filter stands for nothing here. */
export const management: readonly Row[] = [
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

import { paths, type Row, row } from './row.ts';

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

export const models: readonly Row[] = [
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

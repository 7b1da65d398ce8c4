import { api, type Row, row } from './row.ts';

export const identity: readonly Row[] = [
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

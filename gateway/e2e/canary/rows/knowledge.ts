import { api, type Ids, type Question, type Row, row } from './row.ts';

/** Uploads are random, and of whoever began them: by a made-up one the others’ are as far away. */
const someUpload = 'up_0_AAAAAAAAAAAAAAAAAAAAAA';

const question = 'What does the handbook say of the canary?';

/**
 * One document by its department, and by one that everybody has under that name (`legal`): neither finds it for those
 * whose it is not.
 */
const of = ({ department, document }: Ids, more = ''): Question[] =>
  api(
    `/knowledge/${department}/documents/${document}${more}`,
    `/knowledge/legal/documents/${document}${more}`,
  );

/** The body itself is the file, whatever its type. */
const withFile = (questions: readonly Question[]): Question[] =>
  questions.map(({ path }) => ({ path, body: { taken: true } }));

const documents: readonly Row[] = [
  row('POST /api/v1/knowledge/{department}/documents', {
    permission: 'knowledge.write',
    foreign: 404,
    otherDepartment: 404,
    ask: ({ department }) => withFile(api(`/knowledge/${department}/documents?name=taken.json`)),
  }),
  row('GET /api/v1/knowledge/{department}/documents', {
    permission: 'knowledge.read',
    foreign: 404,
    otherDepartment: 404,
    ask: ({ department }) => api(`/knowledge/${department}/documents`),
  }),
  row('GET /api/v1/knowledge/{department}/documents/{document}', {
    permission: 'knowledge.read',
    foreign: 404,
    otherDepartment: 404,
    ask: (ids) => of(ids),
  }),
  row('GET /api/v1/knowledge/{department}/documents/{document}/content', {
    permission: 'knowledge.read',
    foreign: 404,
    otherDepartment: 404,
    ask: (ids) => [...of(ids, '/content'), ...of(ids, '/content?as=text')],
  }),
  row('PUT /api/v1/knowledge/{department}/documents/{document}', {
    permission: 'knowledge.write',
    foreign: 404,
    otherDepartment: 404,
    ask: (ids) => withFile(of(ids, '?name=taken.json')),
  }),
  row('POST /api/v1/knowledge/{department}/documents/{document}/reindex', {
    permission: 'knowledge.write',
    foreign: 404,
    otherDepartment: 404,
    ask: (ids) => of(ids, '/reindex'),
  }),
  row('DELETE /api/v1/knowledge/{department}/documents/{document}', {
    permission: 'knowledge.write',
    foreign: 404,
    otherDepartment: 404,
    ask: (ids) => of(ids),
  }),
  row('GET /api/v1/knowledge/{department}/documents/{document}/impact', {
    permission: 'knowledge.write',
    foreign: 404,
    otherDepartment: 404,
    ask: (ids) => of(ids, '/impact'),
  }),
  row('POST /api/v1/knowledge/{department}/documents/{document}/impact/ask-again', {
    permission: 'knowledge.write',
    foreign: 404,
    otherDepartment: 404,
    ask: (ids) => of(ids, '/impact/ask-again').map(({ path }) => ({ path, body: { limit: 1 } })),
  }),
  row('GET /api/v1/knowledge/{department}/progress', {
    permission: 'knowledge.read',
    foreign: 404,
    otherDepartment: 404,
    ask: ({ department, departmentId, document }) =>
      api(`/knowledge/${department}/progress`, `/knowledge/${departmentId}/progress?document=${document}`),
  }),
  row('POST /api/v1/knowledge/{department}/uploads', {
    permission: 'knowledge.write',
    foreign: 404,
    otherDepartment: 404,
    ask: ({ department }) => [
      { path: `/api/v1/knowledge/${department}/uploads`, body: { name: 'taken.txt', bytes: 10 } },
    ],
  }),
  ...(['GET', 'PUT', 'DELETE'] as const).map((method) =>
    row(`${method} /api/v1/knowledge/{department}/uploads/{upload}`, {
      permission: 'knowledge.write',
      foreign: 404,
      otherDepartment: 404,
      ask: ({ department }) => [
        {
          path: `/api/v1/knowledge/${department}/uploads/${someUpload}`,
          ...(method === 'PUT'
            ? { body: { taken: true }, headers: { 'content-range': 'bytes 0-13/14' } }
            : {}),
        },
      ],
      note: 'one that nobody has: an upload is its own caller’s',
    }),
  ),
  row('GET /api/v1/knowledge/confidence', {
    permission: 'audit.read',
    foreign: 200,
    note: 'of one’s own tenant’s answers',
  }),
];

const queries: readonly Row[] = [
  row('POST /api/v1/queries', {
    permission: 'knowledge.ask',
    foreign: 404,
    otherDepartment: 404,
    ask: ({ department, departmentId, document }) =>
      [[department], [departmentId], ['legal', department]].map((departments) => ({
        path: '/api/v1/queries',
        body: { question, departments, filter: { documents: [document] } },
      })),
  }),
  row('POST /api/v1/queries/count', {
    permission: 'knowledge.ask',
    foreign: 404,
    otherDepartment: 404,
    ask: ({ department, departmentId }) =>
      [department, departmentId].map((one) => ({
        path: '/api/v1/queries/count',
        body: { departments: ['legal', one] },
      })),
  }),
  row('GET /api/v1/queries', {
    permission: 'knowledge.ask',
    foreign: 200,
    otherDepartment: 200,
    ask: ({ conversation }) => api(`/queries?conversation=${conversation}`),
  }),
  row('GET /api/v1/queries/{query}', {
    permission: 'knowledge.ask',
    foreign: 404,
    otherDepartment: 404,
    ask: ({ query }) => api(`/queries/${query}`),
  }),
  row('POST /api/v1/queries/{query}/feedback', {
    permission: 'knowledge.ask',
    foreign: 404,
    otherDepartment: 404,
    ask: ({ query }) => [{ path: `/api/v1/queries/${query}/feedback`, body: { right: false } }],
  }),
  row('POST /api/v1/queries/{query}/escalate', {
    permission: 'knowledge.ask',
    foreign: 404,
    otherDepartment: 404,
    ask: ({ query }) => api(`/queries/${query}/escalate`),
  }),
];

const reviews: readonly Row[] = [
  row('GET /api/v1/reviews', { permission: 'reviews.read', foreign: 200, otherDepartment: 200 }),
  row('GET /api/v1/reviews/{review}', {
    permission: 'reviews.read',
    foreign: 404,
    otherDepartment: 404,
    ask: ({ review }) => api(`/reviews/${review}`),
  }),
  row('POST /api/v1/reviews/{review}/resolve', {
    permission: 'reviews.resolve',
    foreign: 404,
    otherDepartment: 404,
    ask: ({ review }) => [
      { path: `/api/v1/reviews/${review}/resolve`, body: { resolution: 'approved' } },
      { path: `/api/v1/reviews/${review}/resolve`, body: { resolution: 'corrected', answer: 'Taken' } },
    ],
  }),
];

export const knowledge: readonly Row[] = [...documents, ...queries, ...reviews];

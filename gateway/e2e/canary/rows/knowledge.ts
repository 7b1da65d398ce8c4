import { api, type Ids, type Question, type Row, row } from './row.ts';

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

import { afterQuery, pageQuery } from '../../schemas/http/identity.ts';
import {
  answerView,
  countBody,
  feedbackBody,
  questionBody,
  questionQuery,
} from '../../schemas/http/knowledge.ts';
import { accepted, page } from '../../schemas/http/management.ts';
import { queryOutcome } from '../../schemas/knowledge.ts';
import { idString } from '../../schemas/primitives.ts';
import { body, json, route, shared, z } from '../management/app.ts';

/** The routes of questions, as they are described. */

const tags = ['knowledge'];
const ofQuery = z.object({ query: idString });

export const ask = route({
  permission: 'knowledge.ask',
  method: 'post',
  path: '/queries',
  tags,
  summary: 'Ask a question: an answer whose citations were checked, or "not found here", or a person',
  request: { query: questionQuery, ...body(questionBody) },
  responses: {
    200: {
      description:
        'What the question came to; with `stream`, as events `retrieval`, `token`, `citation`, `done`',
      content: {
        'application/json': { schema: answerView },
        'text/event-stream': { schema: z.string() },
      },
    },
    ...shared.notFound,
    ...shared.problems,
  },
});

export const count = route({
  permission: 'knowledge.ask',
  method: 'post',
  path: '/queries/count',
  tags,
  summary: 'How many documents and chunks a question with this filter would look at',
  request: body(countBody),
  responses: {
    200: json(z.object({ documents: z.number().int(), chunks: z.number().int() }), 'The counts'),
    ...shared.notFound,
    ...shared.problems,
  },
});

export const list = route({
  permission: 'knowledge.ask',
  method: 'get',
  path: '/queries',
  tags,
  summary:
    'Questions and what they came to, newest first: one’s own, or all of the tenant for its administrators',
  request: {
    query: pageQuery.extend({ conversation: idString.optional(), outcome: queryOutcome.optional() }),
  },
  responses: { 200: json(page(answerView), 'A page of answers'), ...shared.problems },
});

export const get = route({
  permission: 'knowledge.ask',
  method: 'get',
  path: '/queries/{query}',
  tags,
  summary: 'A question and its answer; a person’s, once one has decided',
  request: { params: ofQuery, query: afterQuery },
  responses: { 200: json(answerView, 'The answer'), ...shared.notFound, ...shared.problems },
});

export const feedback = route({
  permission: 'knowledge.ask',
  method: 'post',
  path: '/queries/{query}/feedback',
  tags,
  summary: 'Say whether an answer was right; the last word counts, and later confidence learns from it',
  request: { params: ofQuery, query: afterQuery, ...body(feedbackBody) },
  responses: { 200: json(accepted, 'It is recorded'), ...shared.notFound, ...shared.problems },
});

export const escalate = route({
  permission: 'knowledge.ask',
  method: 'post',
  path: '/queries/{query}/escalate',
  tags,
  summary: 'Ask a person to decide on an answer',
  request: { params: ofQuery, query: afterQuery },
  responses: {
    200: json(accepted.extend({ review: z.string() }), 'A task waits for a reviewer'),
    ...shared.notFound,
    ...shared.problems,
  },
});

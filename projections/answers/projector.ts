import { facts } from '../../bounded-contexts/kernel/index.ts';
import { insertRows, type Table, type Value } from '../runtime/columns.ts';
import type { EventItem, EventProjector } from '../runtime/projector.ts';
import { isoOf } from '../runtime/time.ts';

const answers: Table = {
  name: 'answers',
  columns: [
    ['tenant_id', 'text not null'],
    ['id', 'text not null'],
    ['at', 'timestamptz not null'],
    ['departments', 'jsonb not null'],
    ['user_id', 'text'],
    ['key_id', 'text not null'],
    ['conversation', 'text'],
    ['data_subject', 'text not null'],
    ['question', 'text not null'],
    ['answer', 'text not null'],
    ['outcome', 'text not null'],
    ['model', 'text'],
    ['confidence', 'double precision'],
    ['features', 'jsonb not null'],
    ['reasons', 'jsonb not null'],
    ['review', 'text'],
    ['cached', 'text'],
    ['replaces', 'text'],
    ['as_of', 'text'],
    ['position', 'text not null'],
  ],
  key: ['tenant_id', 'id'],
  indexes: ['tenant_id, at', 'tenant_id, conversation, at', 'tenant_id, user_id, at', 'tenant_id, replaces'],
};

/** What each answer cites: whose correction bears on which answers. */
const citations: Table = {
  name: 'answer_citations',
  columns: [
    ['tenant_id', 'text not null'],
    ['query', 'text not null'],
    ['number', 'int not null'],
    ['document', 'text not null'],
    ['revision', 'int not null'],
    ['start_at', 'int not null'],
    ['end_at', 'int not null'],
  ],
  key: ['tenant_id', 'query', 'number'],
  indexes: ['tenant_id, document, revision'],
};

/** What people thought of answers: the last word of each counts. */
const feedback: Table = {
  name: 'answer_feedback',
  columns: [
    ['tenant_id', 'text not null'],
    ['query', 'text not null'],
    ['by_id', 'text not null'],
    ['right_answer', 'boolean not null'],
    ['at', 'timestamptz not null'],
    ['position', 'text not null'],
  ],
  key: ['tenant_id', 'query', 'by_id'],
  indexes: [],
};

function rowsOf(items: readonly EventItem[]) {
  const rows: Record<'answers' | 'citations' | 'feedback', Value[][]> = {
    answers: [],
    citations: [],
    feedback: [],
  };
  for (const { tenant, event, at, position } of items) {
    if (event.type === 'query.answered') {
      const d = event.data;
      rows.answers.push([
        tenant,
        d.query,
        isoOf(at),
        JSON.stringify(d.departments),
        d.user,
        d.key,
        d.conversation,
        d.dataSubject,
        d.question,
        d.answer,
        d.outcome,
        d.model,
        d.confidence,
        JSON.stringify(d.features),
        JSON.stringify(d.reasons),
        d.review,
        d.cached,
        d.replaces,
        d.asOf,
        position,
      ]);
      d.citations.forEach((one, number) => {
        rows.citations.push([tenant, d.query, number, one.document, one.revision, one.start, one.end]);
      });
    } else if (event.type === 'query.feedback.given') {
      const { query, by, right } = event.data;
      rows.feedback.push([tenant, query, by, right, isoOf(at), position]);
    }
  }
  return rows;
}

/** Of one batch the last word only: a statement may not touch a row twice. */
const lastWords = (rows: readonly Value[][]): Value[][] => [
  ...new Map(rows.map((row) => [JSON.stringify(row.slice(0, 3)), row])).values(),
];

/** Questions and what their answers came to. */
export const answersProjector: EventProjector = {
  source: 'events',
  name: 'answers',
  version: 2,
  filter: facts('queries'),
  tables: [answers, citations, feedback],
  async apply(sql, names, items) {
    const rows = rowsOf(items);
    await insertRows(sql, answers, names(answers.name), rows.answers, 'on conflict do nothing');
    await insertRows(sql, citations, names(citations.name), rows.citations, 'on conflict do nothing');
    await insertRows(
      sql,
      feedback,
      names(feedback.name),
      lastWords(rows.feedback),
      `on conflict (tenant_id, query, by_id) do update
         set right_answer = excluded.right_answer, at = excluded.at, position = excluded.position`,
    );
  },
};

import { facts } from '../../bounded-contexts/kernel/index.ts';
import type { EventData, RecordedDecision } from '../../schemas/events/index.ts';
import { indexOnlyFirst } from '../runtime/append-only.ts';
import { insertRows, type Table, type Value } from '../runtime/columns.ts';
import type { EventItem, EventProjector } from '../runtime/projector.ts';
import { isoOf } from '../runtime/time.ts';
import { rollUp, rollUpAll, spendRollups } from '../spend-rollups/table.ts';

export const llmInvocations: Table = {
  name: 'llm_invocations',
  columns: [
    ['tenant_id', 'text not null'],
    ['id', 'text not null'],
    ['at', 'timestamptz not null'],
    ['trace', 'text not null'],
    ['key', 'text not null'],
    ['user_id', 'text'],
    ['department', 'text'],
    ['agent', 'text'],
    ['session', 'text'],
    ['run', 'text'],
    ['task_type', 'text'],
    ['tier', 'smallint'],
    ['provider', 'text'],
    ['model', 'text'],
    ['requested_model', 'text not null'],
    ['input', 'int not null'],
    ['output', 'int not null'],
    ['cached', 'int not null'],
    ['reasoning', 'int not null'],
    ['cost', 'numeric not null'],
    ['reserved', 'numeric not null'],
    ['price_version', 'text'],
    ['latency_ms', 'double precision'],
    ['ttft_ms', 'double precision'],
    ['streamed', 'boolean not null'],
    ['private', 'boolean not null'],
    // JSON that nobody asks about: as text it is not parsed for each row.
    ['attempts', 'text not null'],
    ['outcome', 'text not null'],
    ['error', 'text'],
    ['reason', 'text'],
    ['pool', 'text'],
    ['lowered_to', 'int'],
    ['day', 'date'],
    ['data_subject', 'text'],
    ['prompt', 'text'],
    ['answer', 'text'],
    ['response', 'text'],
    ['operation', 'text not null'],
    // Models that the call would have gone to, were their circuits closed.
    ['diverted', 'jsonb'],
    ['stopped_by', 'text'],
    ['saved_tokens', 'int'],
    ['position', 'text not null'],
    ['sequence', 'bigint not null'],
  ],
  key: ['tenant_id', 'id'],
  indexes: [
    'tenant_id, at, id',
    'tenant_id, trace',
    { on: 'tenant_id, user_id, tier, at', where: 'user_id is not null' },
    { on: 'tenant_id, task_type, at', where: 'task_type is not null' },
  ],
};

type Call = Pick<
  EventData<'invocation.refused'>,
  'invocation' | 'trace' | 'key' | 'user' | 'department' | 'agent' | 'session' | 'run' | 'taskType'
>;

const who = (item: EventItem, d: Call): Value[] => [
  item.tenant,
  d.invocation,
  isoOf(item.at),
  d.trace,
  d.key,
  d.user,
  d.department,
  d.agent,
  d.session,
  d.run,
  d.taskType,
];

/** Circuits that kept models from a call, when it was routed or when their turn came. */
function divertedBy(decision: RecordedDecision | undefined): Value {
  if (!decision) return null;
  const { excluded, seen, passed = [] } = decision;
  const models = [
    ...excluded.filter(({ model }) => seen.open[model] !== undefined),
    ...passed.filter(({ reason }) => reason.includes('circuit')),
  ].map(({ model }) => model);
  return models.length === 0 ? null : JSON.stringify(models);
}

function rowOf(item: EventItem): Value[] | undefined {
  const { event } = item;
  if (event.type === 'invocation.completed') {
    const d = event.data;
    const row = who(item, d);
    row.push(d.tier, d.provider, d.model, d.requestedModel, d.input, d.output, d.cached, d.reasoning);
    row.push(d.cost, d.reserved, d.priceVersion, d.latencyMs, d.ttftMs, d.streamed, d.private);
    row.push(JSON.stringify(d.attempts), d.outcome, d.error, null, null, d.loweredTo, d.day);
    row.push(d.dataSubject, d.prompt, d.answer, d.response, d.operation ?? 'chat', divertedBy(d.decision));
    row.push(d.stopped?.marker, d.stopped?.savedTokens, item.position, item.sequence);
    return row;
  }
  if (event.type === 'invocation.replayed') {
    const d = event.data;
    const row = who(item, d);
    row.push(d.tier, d.provider, d.model, d.requestedModel, 0, 0, 0, 0, '0', '0', null, null, null);
    row.push(d.streamed, d.private, '[]', 'replayed', null, `${d.by}: ${d.of}`, null, null, null);
    row.push(null, null, null, null, d.operation ?? 'chat', null, null, null);
    row.push(item.position, item.sequence);
    return row;
  }
  if (event.type === 'invocation.refused') {
    const d = event.data;
    const row = who(item, d);
    row.push(null, null, null, d.requestedModel, 0, 0, 0, 0, '0', '0', null, null, null);
    row.push(d.streamed, d.private, '[]', 'refused', d.code, d.reason, d.pool, null, null);
    row.push(null, null, null, null, d.operation ?? 'chat', divertedBy(d.decision), null, null);
    row.push(item.position, item.sequence);
    return row;
  }
  return undefined;
}

/** Rows of `llm_invocations`, in the order of its columns. */
export const invocationRows = (items: readonly EventItem[]): Value[][] =>
  items.flatMap((item) => {
    const row = rowOf(item);
    return row ? [row] : [];
  });

/**
 * Every invocation, and the spend rolled up from those that are new: one projector, since the table of
 * invocations is what knows whether a fact was stored twice. Its roll-ups count a call once because the insert
 * that found it new returns it.
 */
export const llmInvocationsProjector: EventProjector = {
  source: 'events',
  name: 'llm_invocations',
  version: 3,
  filter: facts('invocations'),
  tables: [llmInvocations, spendRollups],
  apply: (sql, names, items) =>
    rollUp(sql, llmInvocations, names(llmInvocations.name), names(spendRollups.name), invocationRows(items)),
  bulk: {
    fill: (sql, names, items) =>
      insertRows(sql, llmInvocations, names(llmInvocations.name), invocationRows(items)),
    async finish(sql, names, index) {
      await indexOnlyFirst(sql, llmInvocations, names(llmInvocations.name), index);
      await rollUpAll(sql, names(llmInvocations.name), names(spendRollups.name));
    },
  },
};

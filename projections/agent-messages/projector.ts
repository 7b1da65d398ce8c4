import { facts } from '../../bounded-contexts/kernel/index.ts';
import { appendOnly } from '../runtime/append-only.ts';
import type { Table, Value } from '../runtime/columns.ts';
import type { EventItem, EventProjector } from '../runtime/projector.ts';
import { isoOf } from '../runtime/time.ts';

const agentMessages: Table = {
  name: 'agent_messages',
  columns: [
    ['tenant_id', 'text not null'],
    ['id', 'text not null'],
    ['at', 'timestamptz not null'],
    ['sender', 'text not null'],
    ['to_kind', 'text not null'],
    ['to_id', 'text not null'],
    ['message_type', 'text not null'],
    ['conversation', 'text not null'],
    ['run', 'text'],
    ['in_reply_to', 'text'],
    ['data_subject', 'text not null'],
    ['body', 'text not null'],
    ['position', 'text not null'],
    ['sequence', 'bigint not null'],
    ['event_index', 'int not null'],
  ],
  key: ['tenant_id', 'id'],
  indexes: [
    'tenant_id, conversation, sequence, event_index',
    'tenant_id, run, sequence, event_index',
    'tenant_id, sequence, event_index',
  ],
};

/** Messages between agents, in the order of the log. */
export const agentMessagesProjector: EventProjector = {
  source: 'events',
  name: 'agent_messages',
  version: 1,
  filter: facts('messages'),
  ...appendOnly<EventItem>(agentMessages, (items) =>
    items.flatMap(({ tenant, event, at, position, sequence, index }): Value[][] => {
      if (event.type !== 'agent.message.sent') return [];
      const d = event.data;
      const to = d.to.kind === 'agent' ? d.to.id : d.to.channel;
      return [
        [
          tenant,
          d.message,
          isoOf(at),
          d.from,
          d.to.kind,
          to,
          d.messageType,
          d.conversation,
          d.run,
          d.inReplyTo,
          d.dataSubject,
          d.body,
          position,
          sequence,
          index,
        ],
      ];
    }),
  ),
};

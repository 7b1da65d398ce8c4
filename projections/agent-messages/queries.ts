import type { Position } from '../../bounded-contexts/kernel/index.ts';
import type { Recipient } from '../../schemas/events/index.ts';
import type { ReadStore } from '../ports.ts';
import { conditions, decodeCursor, limitOf, type Page, type PageOptions, pageOf } from '../runtime/page.ts';

export interface AgentMessage {
  readonly id: string;
  readonly at: Date;
  readonly from: string;
  readonly to: Recipient;
  readonly messageType: string;
  readonly conversation: string;
  readonly run: string | null;
  readonly inReplyTo: string | null;
  readonly dataSubject: string;
  /** The content id of the body. */
  readonly body: string;
  readonly position: Position;
}

interface Row extends Omit<AgentMessage, 'to'> {
  readonly to_kind: 'agent' | 'broadcast';
  readonly to_id: string;
}

export interface MessageFilter extends PageOptions {
  readonly conversation?: string | undefined;
  readonly run?: string | undefined;
}

/** Messages in the order of the log, oldest first. */
export async function listMessages(
  store: ReadStore,
  tenant: string,
  filter: MessageFilter = {},
): Promise<Page<AgentMessage>> {
  const limit = limitOf(filter);
  const query = conditions();
  query.add((p) => `conversation = ${p}`, filter.conversation);
  query.add((p) => `run = ${p}`, filter.run);
  if (filter.cursor !== undefined) {
    query.add(
      (p) => `(sequence, event_index) >
        (select sequence, event_index from read.agent_messages where id = ${p})`,
      decodeCursor(filter.cursor, ['text'])[0],
    );
  }
  const { rows } = await store.withTenant(tenant, (sql) =>
    sql.query<Row>(
      `select id, at, sender as "from", to_kind, to_id, message_type as "messageType", conversation, run,
         in_reply_to as "inReplyTo", data_subject as "dataSubject", body, position
       from read.agent_messages ${query.where} order by sequence, event_index limit ${limit + 1}`,
      query.values,
    ),
  );
  return pageOf(
    rows,
    limit,
    ({ to_kind, to_id, ...row }) => ({
      ...row,
      to: to_kind === 'agent' ? { kind: to_kind, id: to_id } : { kind: to_kind, channel: to_id },
    }),
    (row) => [row.id],
  );
}

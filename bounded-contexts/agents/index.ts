/**
 * Agents, first cut: messages between them. Owns the facts of family `messages` (`agent.message.sent`), direct
 * or broadcast, typed and correlated; a message's body is a content under the key of its conversation.
 */
import type { Recipient } from '../../schemas/events/index.ts';
import {
  type Clock,
  type ContentWriter,
  type FactWriter,
  type Position,
  sealContent,
  uuidv7,
  type Vault,
} from '../kernel/index.ts';

export interface SendMessage {
  readonly tenant: string;
  readonly actor: string;
  /** Opaque ids. */
  readonly from: string;
  readonly to: Recipient;
  readonly messageType: string;
  /** A new conversation where it is missing. */
  readonly conversation?: string;
  readonly run?: string;
  readonly inReplyTo?: string;
  readonly body: unknown;
}

export interface MessagePorts {
  readonly facts: FactWriter;
  readonly contents: ContentWriter;
  readonly vault: Vault;
  readonly clock: Clock;
}

export interface SentMessage {
  readonly message: string;
  readonly conversation: string;
  readonly position: Position;
}

/** Sends one message: resolves once it and its body are on the log. */
export async function sendMessage(ports: MessagePorts, command: SendMessage): Promise<SentMessage> {
  const { tenant, from, to, messageType, run, inReplyTo } = command;
  const message = uuidv7(ports.clock());
  const conversation = command.conversation ?? `c_${uuidv7(ports.clock()).replaceAll('-', '')}`;
  const body = uuidv7(ports.clock());
  const plain = Buffer.from(JSON.stringify(command.body ?? null));
  const sealed = await sealContent(
    ports.vault,
    { tenant, subject: conversation, id: body, field: 'body' },
    plain,
  );
  const [position] = await Promise.all([
    ports.facts.append(tenant, 'messages', {
      type: 'agent.message.sent',
      data: {
        message,
        from,
        to,
        messageType,
        conversation,
        ...(run === undefined ? {} : { run }),
        ...(inReplyTo === undefined ? {} : { inReplyTo }),
        dataSubject: conversation,
        body,
      },
      by: { actor: command.actor },
    }),
    ports.contents.put(tenant, sealed),
  ]);
  return { message, conversation, position };
}

import { headers, type NatsConnection } from 'nats';
import {
  type ContentBatch,
  type ContentLog,
  parsePosition,
  partitionOf,
  position,
  type StoredContent,
  uuidv7,
} from '../../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../../schemas/errors.ts';
import { decodeContents, encodeContents } from '../content-frame.ts';
import { insist } from '../insist.ts';
import { stoppable } from '../subscription.ts';
import { type Ack, refusal } from './answers.ts';
import { follow } from './follow.ts';
import { getMessage } from './messages.ts';
import { type Layout, streamOf } from './streams.ts';
import type { Wire } from './wire.ts';

const tenantOf = (subject: string): string => subject.slice('ct.00.'.length);

/** Contents on `ct.<pp>.<tenant>`. The id of a send is kept over its retries, so that it is stored once. */
export function jetStreamContents(connection: NatsConnection, wire: Wire, layout: Layout): ContentLog {
  const { epoch, streams } = layout;

  async function send(subject: string, body: Uint8Array, id: string): Promise<Ack> {
    const own = headers();
    own.set('Nats-Msg-Id', id);
    return (await wire.request(subject, body, own)).json<Ack>();
  }

  return {
    async append(tenant, contents) {
      const partition = partitionOf(tenant);
      const subject = `ct.${String(partition).padStart(2, '0')}.${tenant}`;
      const body = encodeContents(contents);
      const id = uuidv7();
      const ack = await insist(() => send(subject, body, id));
      if (ack.error) {
        const reason = refusal(ack.error);
        throw reason === 'wrong-expectation'
          ? new DaybookError('internal', 'contents expect nothing')
          : reason;
      }
      return position(epoch, streamOf(partition, streams), ack.seq as number);
    },

    async at({ position: of, index }): Promise<StoredContent | null> {
      const { epoch: asked, stream, sequence } = parsePosition(of);
      const name = layout.contents[stream];
      if (asked !== epoch || name === undefined) return null;
      const message = await getMessage(wire, name, { seq: sequence });
      const content = message && decodeContents(message.data)[index];
      return message && content ? { tenant: tenantOf(message.subject), ...content } : null;
    },

    subscribe(from) {
      return stoppable<ContentBatch>((signal) =>
        layout.contents.map(async function* (name, stream): AsyncGenerator<ContentBatch> {
          const start = from.map(parsePosition).find((parts) => parts.stream === stream);
          if (start && start.epoch !== epoch) throw new DaybookError('log.history-changed');
          const runs = follow({
            connection,
            wire,
            epoch,
            stream,
            name,
            filter: undefined,
            filteredByServer: false,
            after: start?.sequence ?? 0,
            batch: 200,
            idleMs: 100,
            paceMs: 20,
            mayEnd: true,
            signal,
          });
          for await (const { messages, through, caughtUp } of runs) {
            yield {
              stream,
              contents: messages.flatMap(({ subject, sequence, data }) =>
                decodeContents(data).map((content, index) => ({
                  tenant: tenantOf(subject),
                  ...content,
                  position: position(epoch, stream, sequence),
                  index,
                })),
              ),
              through: position(epoch, stream, through),
              caughtUp,
            };
          }
        }),
      );
    },
  };
}

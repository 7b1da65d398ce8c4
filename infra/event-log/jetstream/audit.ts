import { headers, type NatsConnection } from 'nats';
import type { AuditLog } from '../../../bounded-contexts/kernel/index.ts';
import { type Ack, ofApi, refusal } from './answers.ts';
import { getMessage } from './messages.ts';
import { messagesBetween } from './stored.ts';
import { described, ensureAuditStream, type Layout, look } from './streams.ts';
import type { Wire } from './wire.ts';

const subjectOf = (stream: number) => `au.checkpoint.${stream}`;

/**
 * Checkpoints on `au.checkpoint.<stream>`, on a stream of their own that is made with the first of them. A
 * checkpoint's number is its sequence, and the server takes each sequence once.
 */
export function jetStreamAudit(
  connection: NatsConnection,
  wire: Wire,
  layout: Layout,
  name: string,
): AuditLog {
  const state = () =>
    look(wire, name).catch((error: unknown) => {
      throw ofApi(error);
    });

  return {
    async append(number, stream, body) {
      await ensureAuditStream(wire, name, layout).catch((error: unknown) => {
        throw ofApi(error);
      });
      const own = headers();
      own.set('Nats-Expected-Last-Sequence', String(number - 1));
      const ack = (await wire.request(subjectOf(stream), body, own)).json<Ack>();
      if (ack.error) {
        const reason = refusal(ack.error);
        if (reason === 'wrong-expectation') return 'taken';
        throw reason;
      }
      return 'appended';
    },
    async last(stream) {
      const info = await state();
      if (!info || info.state.messages === 0) return null;
      const which = stream === undefined ? { seq: info.state.last_seq } : { last_by_subj: subjectOf(stream) };
      const message = await getMessage(wire, name, which);
      return message && { number: message.sequence, body: message.data };
    },
    async *read(from) {
      const info = await state();
      if (!info) return;
      const to = info.state.last_seq;
      // Its own epoch: that it speaks of another log is for the reader to find.
      const epoch = described(info.config.description)?.epoch ?? '';
      for await (const run of messagesBetween({ connection, wire, epoch, stream: 0, name, from, to })) {
        for (const { sequence, data } of run) yield { number: sequence, body: data };
      }
    },
  };
}

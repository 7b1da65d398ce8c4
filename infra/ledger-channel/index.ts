/**
 * The channel between writers of one ledger, on NATS request-reply: each writer listens on a subject of its
 * own. Nothing is stored, and a writer that is gone is noticed at once ("no responders"). It owns no events.
 */
import type { NatsConnection } from 'nats';
import type { LedgerChannel } from '../../bounded-contexts/budgets/ports.ts';

/** Writer ids are `<role>:<instance>`; a subject's token may hold neither dots nor spaces. */
const subjectOf = (writerId: string) => `daybook.ledger.${Buffer.from(writerId).toString('base64url')}`;

const utf8 = new TextDecoder();

export function natsLedgerChannel(connection: NatsConnection): LedgerChannel {
  return {
    async serve(writerId, answer) {
      const subscription = connection.subscribe(subjectOf(writerId), {
        callback: (error, message) => {
          if (error) return;
          // No answer is an answer: the asker takes over.
          answer(utf8.decode(message.data))
            .then((reply) => message.respond(reply))
            .catch(() => {});
        },
      });
      // Only what the server knows can be asked.
      await connection.flush();
      return async () => subscription.unsubscribe();
    },
    async request(writerId, body, timeoutMs) {
      try {
        const reply = await connection.request(subjectOf(writerId), body, { timeout: timeoutMs });
        return utf8.decode(reply.data);
      } catch {
        return null;
      }
    },
  };
}

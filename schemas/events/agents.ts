import { z } from 'zod';
import { idString } from '../primitives.ts';

export const recipient = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('agent'), id: idString }),
  z.object({ kind: z.literal('broadcast'), channel: idString }),
]);
export type Recipient = z.infer<typeof recipient>;

/** Facts, family `messages`. The body is a content: the event only names it. */
export const agentEvents = {
  'agent.message.sent': {
    v: 2,
    schema: z.object({
      message: idString,
      from: idString,
      to: recipient,
      messageType: z.string().max(80),
      conversation: idString,
      run: idString.optional(),
      inReplyTo: idString.optional(),
      dataSubject: idString,
      body: idString,
    }),
  },
} as const;

import { sendMessage } from '../../bounded-contexts/agents/index.ts';
import { actorOf } from '../../bounded-contexts/identity/index.ts';
import { accepted, messageBody } from '../../schemas/http/management.ts';
import { body, boundApp, json, type ManagementApp, positionHeader, route, shared, z } from './app.ts';
import { idsOf } from './ids.ts';
import type { ManagementPorts } from './ports.ts';

const send = route({
  permission: 'messages.send',
  method: 'post',
  path: '/agents/messages',
  tags: ['agents'],
  summary: 'Send a message to one agent, or to a channel that many read',
  request: body(messageBody),
  responses: {
    201: json(accepted.extend({ message: z.string(), conversation: z.string() }), 'It is on the log'),
    ...shared.problems,
  },
});

export function messageCommandRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  const ids = idsOf(ports.vault);
  app.openapi(send, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const actor = actorOf(principal);
    const { from, to, type, conversation, run, inReplyTo, body: content } = context.req.valid('json');
    const {
      message,
      conversation: of,
      position,
    } = await sendMessage(ports, {
      tenant,
      actor,
      from: await ids.opaque(tenant, 'agent', from),
      to:
        'agent' in to
          ? { kind: 'agent', id: await ids.opaque(tenant, 'agent', to.agent) }
          : { kind: 'broadcast', channel: to.channel },
      messageType: type,
      body: content,
      ...(conversation === undefined ? {} : { conversation }),
      ...(run === undefined ? {} : { run: await ids.opaque(tenant, 'run', run) }),
      ...(inReplyTo === undefined ? {} : { inReplyTo }),
    });
    return context.json(
      { message, conversation: of, position: ports.positions.encode(position) },
      201,
      positionHeader(ports, position),
    );
  });
  return app;
}

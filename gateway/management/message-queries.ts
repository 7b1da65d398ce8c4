import { listMessages } from '../../projections/queries.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { message, messagesQuery, page } from '../../schemas/http/management.ts';
import { requestOf } from '../shared/audited.ts';
import { boundApp, json, type ManagementApp, route, shared } from './app.ts';
import { idsOf } from './ids.ts';
import type { ManagementPorts } from './ports.ts';
import { readerOf, textOf, waitAfter } from './read.ts';

const list = route({
  permission: 'messages.read',
  method: 'get',
  path: '/agents/messages',
  tags: ['agents'],
  summary: 'Messages of a conversation or a run, oldest first',
  request: { query: messagesQuery },
  responses: { 200: json(page(message), 'A page of messages'), ...shared.problems },
});

export function messageQueryRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  const ids = idsOf(ports.vault);
  const reader = readerOf(ports);
  app.openapi(list, async (context) => {
    const { tenant } = context.get('principal');
    const { after, run, ...query } = context.req.valid('query');
    if (query.conversation === undefined && run === undefined) {
      throw new DaybookError('request.invalid', 'conversation: name a conversation or a run.', {
        param: 'conversation',
      });
    }
    await waitAfter(ports, after, ['agent_messages']);
    const ofRun = run === undefined ? undefined : await ids.find(tenant, 'run', run);
    const { items, next } = await listMessages(ports.store, tenant, {
      ...query,
      ...(ofRun === undefined ? {} : { run: ofRun }),
    });
    const shown = await ids.shown(
      tenant,
      items.flatMap(({ from, to, run: of }) => [
        from,
        ...(to.kind === 'agent' ? [to.id] : []),
        ...(of === null ? [] : [of]),
      ]),
    );
    let contents = 0;
    const data = await Promise.all(
      items.map(
        async ({ id, at, from, to, messageType, conversation, run: of, inReplyTo, dataSubject, body }) => {
          const text = await textOf(reader, { tenant, subject: dataSubject, id: body, field: 'body' });
          if (typeof text === 'string') contents++;
          return {
            id,
            at: at.toISOString(),
            from: shown(from),
            to: to.kind === 'agent' ? { agent: shown(to.id) } : { channel: to.channel },
            type: messageType,
            conversation,
            run: of === null ? null : shown(of),
            inReplyTo,
            body: typeof text === 'string' ? (JSON.parse(text) as unknown) : text,
          };
        },
      ),
    );
    if (contents > 0) {
      const target = query.conversation ?? ofRun ?? '';
      await ports.audit.opened(requestOf(context), { kind: 'messages', target, contents });
    }
    return context.json({ data, nextCursor: next }, 200);
  });
  return app;
}

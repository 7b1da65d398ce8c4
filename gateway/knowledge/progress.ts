import type { Principal } from '../../bounded-contexts/identity/index.ts';
import { parseSubject, type Recorded, subjectOf } from '../../bounded-contexts/kernel/index.ts';
import { documentDecider, loadDocument, progressOf } from '../../bounded-contexts/knowledge/index.ts';
import { documentId } from '../../schemas/http/knowledge.ts';
import { suppliedId } from '../../schemas/http/management.ts';
import {
  boundApp,
  eventStreamOf,
  goOnAfter,
  lastEventId,
  type ManagementApp,
  route,
  shared,
  z,
} from '../management/app.ts';
import { eventStreamHeaders, logStream, sentEvent } from '../management/event-stream.ts';
import { mayStill } from '../management/may-still.ts';
import type { ManagementPorts } from '../management/ports.ts';
import { within } from '../management/within.ts';
import { departmentIn } from './department.ts';

const progress = route({
  permission: 'knowledge.read',
  method: 'get',
  path: '/knowledge/{department}/progress',
  tags: ['knowledge'],
  summary: 'How far documents of a department are, as it changes (server-sent events)',
  request: {
    params: z.object({ department: suppliedId }),
    query: z.object({
      document: documentId.optional().openapi({ description: 'Only of this one.' }),
      after: goOnAfter,
    }),
    headers: lastEventId,
  },
  responses: {
    200: eventStreamOf('An event `progress` for each change of status, with its position as id'),
    ...shared.notFound,
    ...shared.problems,
  },
});

/** Documents whose department one stream remembers. */
const mostKnown = 10_000;

export function progressRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);

  /** Whether a commit is about a document of this department. */
  function belongsTo(tenant: string, department: string) {
    const known = new Map<string, string | undefined>();
    return async ({ subject, commit }: Recorded): Promise<boolean> => {
      const { id = '' } = parseSubject(subject);
      const [first] = commit.events;
      const said = first?.type === 'document.uploaded' ? first.data.department : undefined;
      // The library may be a moment behind what the log has.
      const owner =
        said ??
        known.get(id) ??
        ports.knowledge.library.document(tenant, id)?.present?.department ??
        (await loadDocument(ports, tenant, id)).present?.department;
      if (known.size >= mostKnown) known.clear();
      known.set(id, owner);
      return owner === department;
    };
  }

  app.openapi(progress, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const named = context.req.valid('param').department;
    const { id: department, slug } = await departmentIn(ports, principal, 'knowledge.read', named);
    const stillReads = (who: Principal): boolean => {
      const { departments } = within(who, 'knowledge.read');
      return who.tenant === tenant && (!departments || departments.includes(department));
    };
    const { document, after } = context.req.valid('query');
    const token = context.req.valid('header')['last-event-id'] || after;
    const from = token === undefined ? undefined : ports.positions.decode(token);
    // Of a HEAD nobody reads the body, and nobody would ever end it.
    if (context.req.method === 'HEAD') return new Response(null, { headers: eventStreamHeaders });
    const ours = belongsTo(tenant, department);
    const stream = logStream({
      log: ports.log,
      filter:
        document === undefined
          ? `${subjectOf(tenant, 'document')}.*`
          : subjectOf(tenant, 'document', document),
      after: from,
      signal: context.req.raw.signal,
      allowed: () => mayStill(ports, context.req, stillReads),
      async say(recorded) {
        if (!(await ours(recorded))) return [];
        const events = recorded.commit.events.filter(documentDecider.knows);
        return events.map((event, index) => {
          const position = ports.positions.encode(recorded.position);
          const data = {
            ...progressOf(event),
            department: slug,
            at: new Date(recorded.commit.at).toISOString(),
            position,
          };
          return sentEvent('progress', index === events.length - 1 ? position : undefined, data);
        });
      },
    });
    return new Response(stream, { headers: eventStreamHeaders });
  });
  return app;
}

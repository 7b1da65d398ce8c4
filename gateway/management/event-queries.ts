import type { Recorded } from '../../bounded-contexts/kernel/index.ts';
import { listEvents } from '../../projections/queries.ts';
import { event, eventsQuery, page } from '../../schemas/http/management.ts';
import {
  boundApp,
  eventStreamOf,
  goOnAfter,
  json,
  lastEventId,
  type ManagementApp,
  route,
  shared,
  z,
} from './app.ts';
import { eventStream, eventStreamHeaders, publicEvent } from './event-stream.ts';
import { mayStill } from './may-still.ts';
import type { ManagementPorts } from './ports.ts';
import { dateOf, waitAfter } from './read.ts';

const list = route({
  permission: 'events.read',
  method: 'get',
  path: '/events',
  tags: ['events'],
  summary: 'Events, newest first',
  request: { query: eventsQuery },
  responses: { 200: json(page(event), 'A page of events'), ...shared.problems },
});

const stream = route({
  permission: 'events.read',
  method: 'get',
  path: '/events/stream',
  tags: ['events'],
  summary: 'Events as they happen (server-sent events)',
  request: {
    query: z.object({
      type: z
        .string()
        .max(4_000)
        .optional()
        .openapi({ description: 'Only these types, separated by commas.' }),
      after: goOnAfter,
    }),
    headers: lastEventId,
  },
  responses: {
    200: eventStreamOf('Each event, with its position as id'),
    ...shared.problems,
  },
});

export function eventQueryRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  app.openapi(list, async (context) => {
    const { tenant } = context.get('principal');
    const { after, from, to, ...query } = context.req.valid('query');
    await waitAfter(ports, after, ['event_index']);
    const { items, next } = await listEvents(ports.store, tenant, {
      ...query,
      from: dateOf(from),
      to: dateOf(to),
    });
    // The index has no payloads: those are read where they are true.
    const positions = [...new Set(items.map((one) => one.position))];
    const commits = new Map<string, Recorded>();
    await Promise.all(
      positions.map(async (position) => {
        const recorded = await ports.log.at(position);
        if (recorded) commits.set(position, recorded);
      }),
    );
    const data = items.flatMap((one) => {
      const recorded = commits.get(one.position);
      return recorded ? [publicEvent(recorded, one.index, ports.positions)] : [];
    });
    return context.json({ data, nextCursor: next }, 200);
  });

  app.openapi(stream, (context) => {
    const { tenant } = context.get('principal');
    const { type, after } = context.req.valid('query');
    const token = context.req.valid('header')['last-event-id'] || after;
    const from = token === undefined ? undefined : ports.positions.decode(token);
    // Of a HEAD nobody reads the body, and nobody would ever end it.
    if (context.req.method === 'HEAD') return new Response(null, { headers: eventStreamHeaders });
    return new Response(
      eventStream({
        log: ports.log,
        codec: ports.positions,
        tenant,
        after: from,
        types: type === undefined ? undefined : new Set(type.split(',')),
        signal: context.req.raw.signal,
        allowed: () => mayStill(ports, context.req, ({ permissions }) => permissions.has('events.read')),
      }),
      { headers: eventStreamHeaders },
    );
  });
  return app;
}

import { type ErasureReport, eraseSubject, erasureReport } from '../../bounded-contexts/governance/index.ts';
import { actorOf } from '../../bounded-contexts/identity/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { erasure, erasureAccepted } from '../../schemas/http/governance.ts';
import { suppliedId } from '../../schemas/http/management.ts';
import { idString } from '../../schemas/primitives.ts';
import { boundApp, json, type ManagementApp, positionHeader, route, shared, z } from './app.ts';
import { idsOf } from './ids.ts';
import type { ManagementPorts } from './ports.ts';

const erase = route({
  permission: 'data.erase',
  method: 'delete',
  path: '/users/{id}/data',
  tags: ['governance'],
  summary: 'Erase a person: the key of all that is kept of them is destroyed; the log stays whole',
  request: { params: z.object({ id: suppliedId }) },
  responses: {
    200: json(erasureAccepted, 'Nothing of them can be read again; `erasure` names the report'),
    ...shared.notFound,
    ...shared.problems,
  },
});

const show = route({
  permission: 'audit.read',
  method: 'get',
  path: '/erasures/{id}',
  tags: ['governance'],
  summary:
    'What an erasure destroyed, what was found when all was tried again, and which checkpoint seals it',
  request: { params: z.object({ id: idString }) },
  responses: { 200: json(erasure, 'The report'), ...shared.notFound, ...shared.problems },
});

export function erasureRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  const ids = idsOf(ports.vault);
  const token = ports.positions.encode;
  const iso = (at: number) => new Date(at).toISOString();

  async function shown({ subject, because, erased, completed }: ErasureReport) {
    const checkpoint = await ports.notary.over(completed ?? erased);
    const { contents, records, sessions, keys, replies, streams } = completed ?? {};
    return {
      id: subject,
      status: completed ? ('completed' as const) : ('under-way' as const),
      because,
      erasedAt: iso(erased.at),
      by: erased.by,
      position: token(erased.position),
      completedAt: completed ? iso(completed.at) : null,
      destroyed: completed && {
        key: true as const,
        sessions: sessions ?? [],
        keys: keys ?? [],
        replies: replies ?? 0,
        streams: streams ?? 0,
      },
      contents: contents ? { count: contents.count, readable: contents.readable } : null,
      records: records ?? null,
      checkpoint,
    };
  }

  app.openapi(erase, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const actor = actorOf(principal);
    const subject = await ids.find(tenant, 'user', context.req.valid('param').id);
    if (subject === '_') throw new DaybookError('resource.not-found', 'Nothing is kept of this person.');
    const { position } = await eraseSubject(ports, { tenant, subject, actor });
    const answer = { position: token(position), erasure: subject, report: `/api/v1/erasures/${subject}` };
    return context.json(answer, 200, positionHeader(ports, position));
  });

  app.openapi(show, async (context) => {
    const { tenant } = context.get('principal');
    const report = await erasureReport(ports.log, tenant, context.req.valid('param').id);
    if (!report) throw new DaybookError('resource.not-found', 'Nobody of this id was erased.');
    return context.json(await shown(report), 200);
  });
  return app;
}

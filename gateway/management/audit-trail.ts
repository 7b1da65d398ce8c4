import { addressPlace } from '../../bounded-contexts/governance/index.ts';
import { type AuditFilter, type AuditRow, listAudit } from '../../projections/queries.ts';
import { auditEntry, auditExportQuery, auditQuery } from '../../schemas/http/audit.ts';
import { page } from '../../schemas/http/management.ts';
import { requestOf } from '../shared/audited.ts';
import { boundApp, json, type ManagementApp, route, shared, z } from './app.ts';
import { formats } from './audit-formats.ts';
import { idsOf } from './ids.ts';
import type { ManagementPorts } from './ports.ts';
import { dateOf, waitAfter } from './read.ts';

const common = { permission: 'audit.read' as const, tags: ['governance'] };

const list = route({
  ...common,
  method: 'get',
  path: '/audit',
  summary: 'Who did what, when, from where, and what came of it; newest first',
  request: { query: auditQuery },
  responses: { 200: json(page(auditEntry), 'A page of the audit trail'), ...shared.problems },
});

const take = route({
  ...common,
  method: 'get',
  path: '/audit/export',
  summary: 'The audit trail as CSV, JSON Lines or CloudEvents 1.0, newest first; taking it is recorded in it',
  request: { query: auditExportQuery },
  responses: {
    200: {
      description: 'The entries, as they are read',
      content: Object.fromEntries(
        Object.values(formats).map(({ contentType }) => [
          contentType.split(';')[0] ?? contentType,
          { schema: z.string() },
        ]),
      ),
    },
    ...shared.problems,
  },
});

/** Entries of one step of an export. */
const stepOf = 500;

type Filters = Pick<
  z.infer<typeof auditExportQuery>,
  'actor' | 'action' | 'target' | 'outcome' | 'from' | 'to'
>;

export function auditTrailRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  const ids = idsOf(ports.vault);

  /** What someone calls a person or a department, and what stands on the log in its place. */
  async function namesOf(tenant: string, named: string | undefined): Promise<string[] | undefined> {
    if (named === undefined) return undefined;
    return [named, await ids.find(tenant, 'user', named), await ids.find(tenant, 'department', named)];
  }

  async function filterOf(
    tenant: string,
    { actor, target, from, to, ...rest }: Filters,
  ): Promise<AuditFilter> {
    const [actors, targets] = await Promise.all([namesOf(tenant, actor), namesOf(tenant, target)]);
    return { ...rest, actors, targets, from: dateOf(from), to: dateOf(to) };
  }

  async function addressOf(tenant: string, { address, request }: AuditRow): Promise<string | null> {
    if (address === null || request === null) return null;
    const plain = await ports.vault.open(addressPlace(tenant, request), Buffer.from(address, 'base64url'));
    return 'redacted' in plain ? null : Buffer.from(plain).toString();
  }

  async function shown(tenant: string, rows: readonly AuditRow[]) {
    const named = rows.flatMap(({ actor, actingFor, target }) =>
      [actor, actingFor ?? [], target ?? []].flat(),
    );
    const name = await ids.shown(tenant, named);
    return Promise.all(
      rows.map(async (row) => ({
        ...row,
        at: row.at.toISOString(),
        actor: name(row.actor),
        actingFor: row.actingFor === null ? null : name(row.actingFor),
        target: row.target === null ? null : name(row.target),
        address: await addressOf(tenant, row),
        position: ports.positions.encode(row.position),
      })),
    );
  }

  app.openapi(list, async (context) => {
    const { tenant } = context.get('principal');
    const { after, limit, cursor, ...filters } = context.req.valid('query');
    await waitAfter(ports, after, ['audit_trail']);
    const filter = await filterOf(tenant, filters);
    const { items, next } = await listAudit(ports.store, tenant, { ...filter, limit, cursor });
    return context.json({ data: await shown(tenant, items), nextCursor: next }, 200);
  });

  async function* exported(tenant: string, filter: AuditFilter, format: (typeof formats)['csv']) {
    yield format.head;
    let first = true;
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const { items, next }: Awaited<ReturnType<typeof listAudit>> = await listAudit(ports.store, tenant, {
        ...filter,
        limit: stepOf,
        cursor: cursor ?? undefined,
      });
      const entries = (await shown(tenant, items)).map((entry) => format.entry(entry, tenant));
      if (entries.length > 0) yield `${first ? '' : format.between}${entries.join(format.between)}`;
      first &&= entries.length === 0;
      cursor = next;
    }
    yield format.foot;
  }

  app.openapi(take, async (context) => {
    const { tenant } = context.get('principal');
    const { after, format: named, ...filters } = context.req.valid('query');
    const format = formats[named];
    await waitAfter(ports, after, ['audit_trail']);
    const filter = await filterOf(tenant, filters);
    await ports.audit.exported(requestOf(context), { what: 'audit', format: named });
    const body = ReadableStream.from(exported(tenant, filter, format)).pipeThrough(new TextEncoderStream());
    return new Response(body, {
      headers: {
        'content-type': format.contentType,
        'content-disposition': `attachment; filename="audit-${tenant}.${format.extension}"`,
      },
    });
  });
  return app;
}

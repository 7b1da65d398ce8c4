import { exportArchive } from '../../bounded-contexts/governance/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { exportBody } from '../../schemas/http/governance.ts';
import { version } from '../../schemas/version.ts';
import { requestOf } from '../shared/audited.ts';
import { body, boundApp, type ManagementApp, route, shared, z } from './app.ts';
import { idsOf } from './ids.ts';
import type { ManagementPorts } from './ports.ts';

const take = route({
  permission: 'data.export',
  method: 'post',
  path: '/exports',
  tags: ['governance'],
  summary:
    'All that the tenant or a person has, in the clear, as a tar of JSON Lines with a manifest at its end',
  request: body(exportBody),
  responses: {
    200: {
      description: 'The archive, as it is made; one without a manifest is not whole',
      content: { 'application/x-tar': { schema: z.string().openapi({ format: 'binary' }) } },
    },
    ...shared.notFound,
    ...shared.problems,
  },
});

export function exportRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  const ids = idsOf(ports.vault);
  app.openapi(take, async (context) => {
    const { tenant } = context.get('principal');
    const { user } = context.req.valid('json');
    const person = user === undefined ? undefined : await ids.find(tenant, 'user', user);
    // What looks like an opaque id may be nobody's.
    const known = person === undefined || (await ports.vault.reveal(tenant, [person])).has(person);
    if (!known) throw new DaybookError('resource.not-found', 'Nothing is kept of this person.');
    await ports.audit.exported(requestOf(context), {
      ...(person === undefined ? { what: 'tenant' } : { what: 'person', person }),
      format: 'tar',
    });
    const { log, contentLog: contents, vault, clock, positions } = ports;
    const archive = exportArchive({ log, contents, vault, clock, positions, version }, { tenant, person });
    return new Response(ReadableStream.from(archive), {
      headers: {
        'content-type': 'application/x-tar',
        'content-disposition': `attachment; filename="${tenant}${person === undefined ? '' : `-${person}`}.tar"`,
      },
    });
  });
  return app;
}

import { createHash } from 'node:crypto';
import { actorOf, type Principal } from '../../bounded-contexts/identity/index.ts';
import { loadDocument, type PartialUpload, uploadDocument } from '../../bounded-contexts/knowledge/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { type UploadView, uploadBody, uploaded, uploadId, uploadView } from '../../schemas/http/knowledge.ts';
import { suppliedId } from '../../schemas/http/management.ts';
import { body, boundApp, json, type ManagementApp, route, shared, z } from '../management/app.ts';
import type { ManagementPorts } from '../management/ports.ts';
import { contentRange } from './content-range.ts';
import { departmentIn } from './department.ts';
import { arriving, detailsFrom, labelsOf } from './receive.ts';

const tags = ['knowledge'];
const ofDepartment = z.object({ department: suppliedId });
const ofUpload = ofDepartment.extend({ upload: uploadId });
const changed = {
  409: { description: 'The piece begins elsewhere; `received` says where the next one does' },
};

const open = route({
  permission: 'knowledge.write',
  method: 'post',
  path: '/knowledge/{department}/uploads',
  tags,
  summary: 'Begin an upload in pieces, which survives lost connections and restarts for a day',
  request: { params: ofDepartment, ...body(uploadBody) },
  responses: {
    201: json(uploadView, 'It waits for its first piece'),
    ...shared.notFound,
    ...shared.problems,
  },
});

const put = route({
  permission: 'knowledge.write',
  streams: true,
  method: 'put',
  path: '/knowledge/{department}/uploads/{upload}',
  tags,
  summary: 'The next piece, with `Content-Range: bytes a-b/total`; the last one makes the document',
  request: {
    params: ofUpload,
    headers: z.object({
      'content-range': z.string().max(60).openapi({ description: '`bytes */total`: all of it is there.' }),
    }),
  },
  responses: {
    200: json(uploadView, 'It is kept, and waits for the next piece'),
    201: json(uploaded, 'The file is whole, and waits to be read'),
    ...changed,
    ...shared.notFound,
    ...shared.problems,
  },
});

const get = route({
  permission: 'knowledge.write',
  method: 'get',
  path: '/knowledge/{department}/uploads/{upload}',
  tags,
  summary: 'How far an upload is',
  request: { params: ofUpload },
  responses: { 200: json(uploadView, 'What is there'), ...shared.notFound, ...shared.problems },
});

const remove = route({
  permission: 'knowledge.write',
  method: 'delete',
  path: '/knowledge/{department}/uploads/{upload}',
  tags,
  summary: 'Give an upload up; a document that it became stays',
  request: { params: ofUpload },
  responses: { 204: { description: 'It is gone' }, ...shared.notFound, ...shared.problems },
});

const shown = ({ id, total, received, expiresAt, result }: PartialUpload): UploadView => ({
  upload: id,
  bytes: total,
  received,
  expiresAt: new Date(expiresAt).toISOString(),
  uploaded: result === undefined ? null : uploaded.parse(JSON.parse(result)),
});

/** As RFC 9110 has it: what is there of it; absent where nothing is. */
const rangeHeader = ({ received }: Pick<PartialUpload, 'received'>): Record<string, string> =>
  received === 0 ? {} : { Range: `bytes=0-${received - 1}` };

/** The same upload, the same document: however often its last piece comes. */
const documentOf = (upload: string): string =>
  `doc_${createHash('sha256').update(upload).digest('base64url')}`;

export function uploadRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  const { uploads } = ports;
  const departmentOf = (principal: Principal, named: string) =>
    departmentIn(ports, principal, 'knowledge.write', named);

  async function demandDocument(tenant: string, department: string, document: string): Promise<void> {
    const { status, present } = await loadDocument(ports, tenant, document);
    if (status !== 'there' || present?.department !== department)
      throw new DaybookError('resource.not-found', 'There is no such document.', { param: 'document' });
  }

  /** Makes the document of a file that is whole. Done again, after a death midway, it comes to the same. */
  async function complete(
    principal: Principal,
    department: string,
    { id, about }: PartialUpload,
  ): Promise<z.infer<typeof uploaded>> {
    const { tenant } = principal;
    const place = { tenant, owner: department };
    const { name, type, document: revised, bytes: _, ...fields } = uploadBody.parse(JSON.parse(about));
    if (revised !== undefined) await demandDocument(tenant, department, revised);
    const stored = await ports.blobs.put(place, uploads.read(place, id), ports.fileBytes);
    const document = revised ?? documentOf(id);
    const slug = ports.directory.department(tenant, department)?.slug ?? '';
    const { state, position } = await uploadDocument(
      ports,
      { tenant, actor: actorOf(principal), commandId: id },
      { document, department, ...stored, ...labelsOf(fields, ports.knowledge.config, slug) },
      detailsFrom({ name, declaredType: type }, fields),
      revised !== undefined,
    );
    const revision = state.present?.revision ?? 1;
    const result = {
      data: [{ document, revision, name, bytes: stored.bytes }],
      position: ports.positions.encode(position),
    };
    await uploads.finish(place, id, JSON.stringify(result));
    return result;
  }

  app.openapi(open, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const { id: department } = await departmentOf(principal, context.req.valid('param').department);
    const { bytes, document } = context.req.valid('json');
    if (bytes > ports.fileBytes)
      throw new DaybookError('request.too-large', `A file may have ${ports.fileBytes} bytes.`, {
        limitBytes: ports.fileBytes,
      });
    if (document !== undefined) await demandDocument(tenant, department, document);
    // As it came: what its fields mean is read when it is whole.
    const about = await context.req.text();
    const upload = await uploads.open({ tenant, owner: department }, about, bytes);
    const path = new URL(context.req.url).pathname;
    return context.json(shown(upload), 201, { Location: `${path}/${upload.id}` });
  });

  app.openapi(put, async (context) => {
    const principal = context.get('principal');
    const { department: named, upload: id } = context.req.valid('param');
    const { id: department } = await departmentOf(principal, named);
    const place = { tenant: principal.tenant, owner: department };
    const { from, length, total } = contentRange(context.req.valid('header')['content-range']);
    const before = await uploads.find(place, id);
    if (total !== before.total)
      throw new DaybookError('request.invalid', `content-range: the file has ${before.total} bytes.`, {
        param: 'content-range',
      });
    // The end again, whose answer was lost: nothing of it is wanted any more.
    const again = before.received === total && (from === null || from + length === total);
    if (from === null && !again)
      throw new DaybookError('upload.out-of-place', undefined, { received: before.received, bytes: total });
    const { body: bytes } = context.req.raw;
    const after =
      again || from === null
        ? before
        : await uploads.append(place, id, { from, length }, arriving(bytes ?? nothing()));
    if (after.result !== undefined) return context.json(uploaded.parse(JSON.parse(after.result)), 201);
    if (after.received < total) return context.json(shown(after), 200, rangeHeader(after));
    const result = await complete(principal, department, after);
    return context.json(result, 201, { 'Daybook-Position': result.position });
  });

  app.openapi(get, async (context) => {
    const principal = context.get('principal');
    const { department: named, upload: id } = context.req.valid('param');
    const { id: owner } = await departmentOf(principal, named);
    const upload = await uploads.find({ tenant: principal.tenant, owner }, id);
    return context.json(shown(upload), 200, { ...rangeHeader(upload), 'cache-control': 'no-store' });
  });

  app.openapi(remove, async (context) => {
    const principal = context.get('principal');
    const { department: named, upload: id } = context.req.valid('param');
    const { id: owner } = await departmentOf(principal, named);
    await uploads.remove({ tenant: principal.tenant, owner }, id);
    return context.body(null, 204);
  });
  return app;
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

import { createHash } from 'node:crypto';
import { actorOf, type Principal } from '../../bounded-contexts/identity/index.ts';
import { type Position, uuidv7 } from '../../bounded-contexts/kernel/index.ts';
import {
  changeDocument,
  type DocumentDetails,
  detailsPlace,
  loadDocument,
  uploadDocument,
} from '../../bounded-contexts/knowledge/index.ts';
import { type DocumentRow, getDocument, listDocuments } from '../../projections/queries.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { afterQuery, conditionHeaders, creationHeaders } from '../../schemas/http/identity.ts';
import {
  type DocumentView,
  documentId,
  documentsQuery,
  documentView,
  type UploadFields,
  uploaded,
  uploadQuery,
} from '../../schemas/http/knowledge.ts';
import { accepted, page, suppliedId } from '../../schemas/http/management.ts';
import { boundApp, json, type ManagementApp, positionHeader, route, shared, z } from '../management/app.ts';
import { askedBy, versionHeaders } from '../management/conditional.ts';
import type { ManagementPorts } from '../management/ports.ts';
import { pageBody, readerOf, textOf, waitAfter, waitForContents } from '../management/read.ts';
import { requestOf } from '../shared/audited.ts';
import { callerOf } from '../shared/rates.ts';
import { departmentIn, type KnownDepartment } from './department.ts';
import { checkedFields, detailsFrom, labelsOf, type Received, receiveForm, receiveOne } from './receive.ts';
import { releaseBlobs } from './release.ts';

const tags = ['knowledge'];
const ofDepartment = z.object({ department: suppliedId });
const ofDocument = ofDepartment.extend({ document: documentId });

const post = route({
  permission: 'knowledge.write',
  streams: true,
  method: 'post',
  path: '/knowledge/{department}/documents',
  tags,
  summary: 'Upload files, as a form or one as the body; each becomes a document that is read and indexed',
  request: { params: ofDepartment, query: uploadQuery, headers: creationHeaders },
  responses: {
    201: json(uploaded, 'They are kept, and wait to be read'),
    ...shared.notFound,
    ...shared.problems,
  },
});

const list = route({
  permission: 'knowledge.read',
  method: 'get',
  path: '/knowledge/{department}/documents',
  tags,
  summary: 'Documents of a department, oldest first',
  request: { params: ofDepartment, query: documentsQuery },
  responses: { 200: json(page(documentView), 'A page of documents'), ...shared.notFound, ...shared.problems },
});

const get = route({
  permission: 'knowledge.read',
  method: 'get',
  path: '/knowledge/{department}/documents/{document}',
  tags,
  summary: 'One document, and how far it is',
  request: { params: ofDocument, query: afterQuery },
  responses: { 200: json(documentView, 'The document'), ...shared.notFound, ...shared.problems },
});

const content = route({
  permission: 'knowledge.read',
  method: 'get',
  path: '/knowledge/{department}/documents/{document}/content',
  tags,
  summary: 'The file of the newest revision as it was uploaded, or the text that citations point into',
  request: {
    params: ofDocument,
    query: z.object({ as: z.enum(['file', 'text']).default('file') }),
  },
  responses: {
    200: {
      description: 'The file, or its text',
      content: { 'application/octet-stream': { schema: z.string() }, 'text/plain': { schema: z.string() } },
    },
    ...shared.notFound,
    ...shared.problems,
  },
});

const put = route({
  permission: 'knowledge.write',
  streams: true,
  method: 'put',
  path: '/knowledge/{department}/documents/{document}',
  tags,
  summary: 'A new revision; the one before it is found until this one is indexed',
  request: { params: ofDocument, query: uploadQuery, headers: conditionHeaders },
  responses: {
    200: json(uploaded, 'It is kept, and waits to be read'),
    ...shared.notFound,
    ...shared.changed,
    ...shared.problems,
  },
});

const reindex = route({
  permission: 'knowledge.write',
  method: 'post',
  path: '/knowledge/{department}/documents/{document}/reindex',
  tags,
  summary: 'Read, cut and embed the newest revision anew',
  request: { params: ofDocument, headers: conditionHeaders },
  responses: {
    202: json(accepted, 'It waits to be read'),
    ...shared.notFound,
    ...shared.changed,
    ...shared.problems,
  },
});

const removeQuery = z.object({
  purge: z.enum(['true', 'false']).optional().openapi({
    description: '`true`: its files go, too, and are then missing from answers as of an earlier moment.',
  }),
});

const remove = route({
  permission: 'knowledge.write',
  method: 'delete',
  path: '/knowledge/{department}/documents/{document}',
  tags,
  summary: 'Delete a document: it is found no more',
  request: { params: ofDocument, headers: conditionHeaders, query: removeQuery },
  responses: {
    200: json(accepted, 'It is deleted'),
    ...shared.notFound,
    ...shared.changed,
    ...shared.problems,
  },
});

/** The same key, caller and place in the request: the same document. */
const documentIdFor = (principal: Principal, key: string | undefined, index: number): string =>
  key === undefined
    ? `doc_${uuidv7()}`
    : `doc_${createHash('sha256')
        .update(`${callerOf(principal)}\0${key}\0${index}`)
        .digest('base64url')}`;

export function documentRoutes(ports: ManagementPorts): ManagementApp {
  const app = boundApp(ports);
  const reader = readerOf(ports);

  async function detailsOf(tenant: string, department: string, id: string): Promise<DocumentDetails | null> {
    const text = await textOf(reader, detailsPlace(tenant, department, id));
    return typeof text === 'string' ? (JSON.parse(text) as DocumentDetails) : null;
  }

  async function shown(tenant: string, { slug }: KnownDepartment, row: DocumentRow): Promise<DocumentView> {
    const details = await detailsOf(tenant, row.department, row.details);
    const { failureCode, failureReason } = row;
    return {
      document: row.document,
      department: slug,
      name: details?.name ?? null,
      source: details?.source ?? null,
      author: details?.author ?? null,
      revision: row.revision,
      liveRevision: row.liveRevision,
      status: row.status,
      failure: failureCode === null ? null : { code: failureCode, reason: failureReason ?? '' },
      attempts: row.attempts,
      bytes: Number(row.bytes),
      type: row.type,
      language: row.language,
      chars: row.chars,
      pages: row.pages,
      chunks: row.chunks,
      notes: [...(row.notes ?? [])],
      tags: [...row.tags],
      privacy: row.privacy,
      date: row.date,
      createdAt: row.createdAt.toISOString(),
      changedAt: row.changedAt.toISOString(),
      position: ports.positions.encode(row.position),
    };
  }

  /** The document on the log, where it is of this department; deleted ones are not there. */
  async function found(tenant: string, department: string, document: string) {
    const state = await loadDocument(ports, tenant, document);
    if (state.status !== 'there' || state.present?.department !== department)
      throw new DaybookError('resource.not-found', 'There is no such document.');
    return state;
  }

  async function receive(
    request: Request,
    tenant: string,
    department: string,
    { name, ...query }: Readonly<Record<string, string>>,
  ): Promise<{ files: readonly Received[]; fields: UploadFields }> {
    const place = { tenant, owner: department };
    if (!/^multipart\/form-data\b/i.test(request.headers.get('content-type') ?? '')) {
      if (name === undefined)
        throw new DaybookError('request.invalid', 'name: a file that is the body itself needs one.', {
          param: 'name',
        });
      const fields = checkedFields(query);
      return { files: [await receiveOne(ports.blobs, place, request, name, ports.fileBytes)], fields };
    }
    const form = await receiveForm(ports.blobs, place, request, ports.fileBytes);
    return { files: form.files, fields: { ...form.fields, ...checkedFields(query) } };
  }

  app.openapi(post, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const key = context.req.valid('header')['idempotency-key'];
    const department = await departmentIn(
      ports,
      principal,
      'knowledge.write',
      context.req.valid('param').department,
    );
    const { files, fields } = await receive(context.req.raw, tenant, department.id, context.req.query());
    const asked = { tenant, actor: actorOf(principal) };
    const data: z.infer<typeof uploaded>['data'] = [];
    let position: Position | null = null;
    for (const [index, file] of files.entries()) {
      const document = documentIdFor(principal, key, index);
      const { blob, bytes } = file;
      const labels = labelsOf(fields, ports.knowledge.config, department.slug);
      const upload = { document, department: department.id, blob, bytes, ...labels };
      const done = await uploadDocument(ports, asked, upload, detailsFrom(file, fields), false);
      data.push({ document, revision: 1, name: file.name, bytes });
      ({ position } = done);
    }
    if (position === null) throw new DaybookError('request.malformed-upload');
    const token = ports.positions.encode(position);
    return context.json({ data, position: token }, 201, positionHeader(ports, position));
  });

  app.openapi(list, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const named = context.req.valid('param').department;
    const department = await departmentIn(ports, principal, 'knowledge.read', named);
    const { after, ...query } = context.req.valid('query');
    await waitAfter(ports, after, ['documents']);
    const rows = await listDocuments(ports.store, tenant, { ...query, department: department.id });
    await waitForContents(
      ports,
      after,
      tenant,
      rows.items.map(({ details }) => details),
    );
    const views = await Promise.all(rows.items.map((row) => shown(tenant, department, row)));
    return context.json(
      pageBody({ items: views, next: rows.next }, (view) => view),
      200,
    );
  });

  app.openapi(get, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const { department: named, document } = context.req.valid('param');
    const department = await departmentIn(ports, principal, 'knowledge.read', named);
    const { after } = context.req.valid('query');
    await waitAfter(ports, after, ['documents']);
    const row = await getDocument(ports.store, tenant, document);
    if (!row || row.department !== department.id)
      throw new DaybookError('resource.not-found', 'There is no such document.');
    await waitForContents(ports, after, tenant, [row.details]);
    return context.json(await shown(tenant, department, row), 200, versionHeaders(ports, row.position));
  });

  app.openapi(content, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const { department: named, document } = context.req.valid('param');
    const { as } = context.req.valid('query');
    const department = await departmentIn(ports, principal, 'knowledge.read', named);
    const { present } = await found(tenant, department.id, document);
    const blob = as === 'file' ? present?.blob : present?.extracted?.text;
    if (!present || blob === undefined)
      throw new DaybookError('resource.not-found', 'Its text is not there yet.');
    const details = await detailsOf(tenant, department.id, present.details);
    const headers: Record<string, string> =
      as === 'text'
        ? { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }
        : {
            'content-type': 'application/octet-stream',
            // Whatever it is, a browser is to keep it and not to show it: it came from anybody.
            'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(details?.name ?? document)}`,
            'content-length': String(present.bytes),
            'x-content-type-options': 'nosniff',
          };
    // Of a HEAD nobody reads the body, and nobody would ever close its file.
    if (context.req.method === 'HEAD') return new Response(null, { headers });
    await ports.audit.opened(requestOf(context), { kind: 'document', target: document, contents: 1 });
    const bytes = ports.blobs.read({ tenant, owner: department.id }, blob)[Symbol.asyncIterator]();
    // The first piece before the head: what cannot be read is an error, not half an answer.
    const first = await bytes.next();
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        if (!first.done) controller.enqueue(first.value);
      },
      async pull(controller) {
        const { done, value } = await bytes.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await bytes.return?.(undefined);
      },
    });
    return new Response(body, { headers });
  });

  app.openapi(put, async (context) => {
    const principal = context.get('principal');
    const { tenant } = principal;
    const { department: named, document } = context.req.valid('param');
    const department = await departmentIn(ports, principal, 'knowledge.write', named);
    await found(tenant, department.id, document);
    const { files, fields } = await receive(context.req.raw, tenant, department.id, context.req.query());
    const [file, more] = files;
    if (!file || more) throw new DaybookError('request.malformed-upload', 'A revision is one file.');
    const { blob, bytes } = file;
    const labels = labelsOf(fields, ports.knowledge.config, department.slug);
    const upload = { document, department: department.id, blob, bytes, ...labels };
    const asked = askedBy(ports, principal, context.req.valid('header'));
    const { state, position } = await uploadDocument(ports, asked, upload, detailsFrom(file, fields), true);
    const data = [{ document, revision: state.present?.revision ?? 0, name: file.name, bytes }];
    return context.json(
      { data, position: ports.positions.encode(position) },
      200,
      versionHeaders(ports, position),
    );
  });

  const onOne =
    (kind: 'reindex' | 'delete') =>
    async (
      principal: Principal,
      params: z.infer<typeof ofDocument>,
      headers: { 'if-match'?: string | undefined },
    ) => {
      const { department: named, document } = params;
      const department = await departmentIn(ports, principal, 'knowledge.write', named);
      await found(principal.tenant, department.id, document);
      const asked = askedBy(ports, principal, headers);
      return changeDocument(ports, asked, { kind, document });
    };

  app.openapi(reindex, async (context) => {
    const { position } = await onOne('reindex')(
      context.get('principal'),
      context.req.valid('param'),
      context.req.valid('header'),
    );
    return context.json({ position: ports.positions.encode(position) }, 202, positionHeader(ports, position));
  });

  app.openapi(remove, async (context) => {
    const principal = context.get('principal');
    const params = context.req.valid('param');
    const { position, state } = await onOne('delete')(principal, params, context.req.valid('header'));
    if (context.req.valid('query').purge === 'true')
      await releaseBlobs(ports, principal.tenant, state.present?.department ?? '', params.document);
    return context.json({ position: ports.positions.encode(position) }, 200, positionHeader(ports, position));
  });
  return app;
}

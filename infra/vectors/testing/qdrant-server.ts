/**
 * A stand-in for Qdrant in tests, where there is no server: it speaks the real wire format over HTTP, keeps points in
 * memory, answers searches exactly, and holds every request and every answer to Qdrant's published description.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Schemas } from '@qdrant/js-client-rest';
import { qdrantOpenApi } from './open-api.ts';
import {
  type Collection,
  collection,
  type Filter,
  Refused,
  type Scored,
  type Search,
} from './qdrant-collection.ts';

export interface QdrantServer {
  readonly url: string;
  /** Whether requests were held to Qdrant's own description. */
  readonly validates: boolean;
  /** What broke the description, in its words; a test wants none. */
  readonly violations: readonly string[];
  /** Method and path of every request, without its query. */
  readonly requests: readonly string[];
  /** Once, after a search was carried out and before its answer leaves: what happens in between. */
  meanwhile(happens: () => Promise<void>): void;
  close(): Promise<void>;
}

interface Call {
  readonly method: string;
  readonly name: string;
  readonly rest: string;
  readonly body: Record<string, unknown> | undefined;
}

export async function startQdrant(): Promise<QdrantServer> {
  const openApi = qdrantOpenApi();
  const collections = new Map<string, Collection>();
  const violations: string[] = [];
  const requests: string[] = [];
  let meanwhile: (() => Promise<void>) | undefined;

  const server = createServer(async (request, response) => {
    const call = await callOf(request);
    requests.push(`${call.method} ${request.url?.split('?')[0]}`);
    const template = `/collections${call.name === '' ? '' : '/{collection_name}'}${call.rest}`;
    const note = (violation: string | undefined) => violation !== undefined && violations.push(violation);
    const wrong = openApi?.request(call.method, template, call.body);
    note(wrong);
    let status = 200;
    let answer: unknown;
    try {
      if (wrong !== undefined) throw new Refused(wrong);
      answer = { result: await carryOut(call, collections), status: 'ok', time: 0.001 };
      if (call.rest.startsWith('/points/query')) {
        const happens = meanwhile;
        meanwhile = undefined;
        await happens?.();
      }
      note(openApi?.response(call.method, template, answer));
    } catch (error) {
      status = error instanceof Refused ? 400 : 500;
      answer = { status: { error: String(error) }, time: 0.001 };
    }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    validates: openApi !== undefined,
    violations,
    requests,
    meanwhile(happens) {
      meanwhile = happens;
    },
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function callOf(request: IncomingMessage): Promise<Call> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString();
  const [, , name = '', ...rest] = (request.url ?? '').split('?')[0]?.split('/') ?? [];
  return {
    method: request.method ?? '',
    name,
    rest: rest.length > 0 ? `/${rest.join('/')}` : '',
    body: text === '' ? undefined : JSON.parse(text),
  };
}

async function carryOut({ method, name, rest, body }: Call, all: Map<string, Collection>): Promise<unknown> {
  if (name === '') return { collections: [...all.keys()].map((one) => ({ name: one })) };
  if (rest === '/exists') return { exists: all.has(name) };
  if (rest === '' && method === 'PUT') {
    if (all.has(name)) throw new Refused(`Collection \`${name}\` already exists!`);
    all.set(name, collection(body as Schemas['CreateCollection']));
    return true;
  }
  const found = all.get(name);
  if (!found) throw new Refused(`Collection \`${name}\` doesn't exist!`);
  const completed = { operation_id: 1, status: 'completed' };
  switch (`${method} ${rest}`) {
    case 'PUT /index':
      found.addIndex(String(body?.['field_name']));
      return completed;
    case 'PUT /points':
      await found.upsert(body?.['points'] as Schemas['PointStruct'][]);
      return completed;
    case 'POST /points/delete':
      await found.delete(body as { points?: string[]; filter?: Filter });
      return completed;
    case 'POST /points':
      return found
        .retrieve(body?.['ids'] as string[])
        .map(({ id, payload }) => ({ id, payload: chosen(payload, body?.['with_payload']) }));
    case 'POST /points/count':
      return { count: found.count(body?.['filter'] as Filter) };
    case 'POST /points/query':
      return pointsOf(found.query(body as unknown as Search));
    case 'POST /points/query/batch':
      return searchesOf(body).map((search) => pointsOf(found.query(search)));
    default:
      throw new Refused(`${method} ${rest}: the stand-in knows nothing of it`);
  }
}

const pointsOf = (found: readonly Scored[]) => ({
  points: found.map(({ point, score }) => ({ id: point.id, version: 0, score, payload: point.payload })),
});

const chosen = (payload: Readonly<Record<string, unknown>>, fields: unknown) =>
  Array.isArray(fields) ? Object.fromEntries(fields.map((field) => [field, payload[field]])) : payload;

const searchesOf = (body: Call['body']): Search[] => body?.['searches'] as Search[];

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../infra/servers/index.ts';
import {
  gatewayPid,
  type RunningTestDaybook,
  testAdminKey,
  testDaybook,
} from '../../infra/testing/daybook.ts';

interface Upload {
  upload: string;
  received: number;
  bytes: number;
  uploaded: Uploaded | null;
}
interface Uploaded {
  data: { document: string; revision: number; name: string; bytes: number }[];
  position: string;
}
interface Progress {
  document: string;
  revision?: number;
  status: string;
  department: string;
  chunks?: number;
  failure?: { code: string };
  position: string;
}

const knowledge = (department: string, rest = '') => `/api/v1/knowledge/${department}${rest}`;
const text = `# Refunds\n\n${'Refunds are paid within 14 days of the return. '.repeat(400)}\n`;

describe.each(['auto', 'embedded'])('profile %s', (profile) => {
  let running: RunningTestDaybook;
  beforeAll(async () => {
    running = await testDaybook({
      variables: { DAYBOOK_PROFILE: profile, DAYBOOK_PORT: String(await freePort()) },
    });
    for (const slug of ['sales', 'legal'])
      await running.json('/api/v1/departments', { method: 'POST', body: { slug } });
  });
  afterAll(() => running.stop());

  const put = (upload: string, range: string, bytes: Uint8Array<ArrayBuffer> | string) =>
    fetch(`${running.url}${knowledge('sales', `/uploads/${upload}`)}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${testAdminKey}`, 'content-range': range },
      body: bytes,
    });

  /** The statuses that a stream tells until `until` is among them, and how many of its events came. */
  async function heard(path: string, until: (event: Progress) => boolean, lastEventId?: string) {
    const stop = new AbortController();
    const response = await fetch(`${running.url}${path}`, {
      headers: {
        authorization: `Bearer ${testAdminKey}`,
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
      signal: AbortSignal.any([stop.signal, AbortSignal.timeout(20_000)]),
    });
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const events: (Progress & { id: string | undefined })[] = [];
    const decoder = new TextDecoder();
    let held = '';
    for await (const chunk of response.body ?? []) {
      const blocks = (held + decoder.decode(chunk, { stream: true })).split('\n\n');
      held = blocks.pop() ?? '';
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (data !== undefined) events.push({ ...JSON.parse(data), id: /^id: (.*)$/m.exec(block)?.[1] });
      }
      if (events.some(until)) break;
    }
    stop.abort();
    return events;
  }

  test('a file in pieces goes on after its gateway was killed, becomes one document, and its progress is told', async () => {
    const bytes = new TextEncoder().encode(text);
    const opened = await running.fetch(knowledge('sales', '/uploads'), {
      method: 'POST',
      body: {
        name: 'policy.md',
        bytes: bytes.length,
        type: 'text/markdown',
        tags: 'a, b',
        source: 'handbook',
      },
    });
    expect(opened.status).toBe(201);
    const { upload } = (await opened.json()) as Upload;
    expect(opened.headers.get('location')).toBe(knowledge('sales', `/uploads/${upload}`));
    const total = bytes.length;
    const first = await put(upload, `bytes 0-999/${total}`, bytes.slice(0, 1_000));
    expect(first.status).toBe(200);
    expect(first.headers.get('range')).toBe('bytes=0-999');
    const elsewhere = await put(upload, `bytes 5-9/${total}`, bytes.slice(5, 10));
    expect(elsewhere.status).toBe(409);
    expect(await elsewhere.json()).toMatchObject({
      code: 'upload.out-of-place',
      received: 1_000,
      bytes: total,
    });
    for (const range of [
      'bytes 0-9',
      `bytes 9-3/${total}`,
      `bytes 1000-${total}/${total}`,
      `bytes 1000-1009/12`,
    ])
      expect((await put(upload, range, bytes.slice(0, 10))).status).toBe(400);

    process.kill(gatewayPid(running), 'SIGKILL');
    await expect
      .poll(
        () =>
          running.fetch(knowledge('sales', `/uploads/${upload}`)).then(
            ({ status }) => status,
            () => 0,
          ),
        {
          timeout: 20_000,
          interval: 100,
        },
      )
      .toBe(200);
    const found = await running.fetch(knowledge('sales', `/uploads/${upload}`), { method: 'HEAD' });
    expect(found.headers.get('range')).toBe('bytes=0-999');

    const last = await put(upload, `bytes 1000-${total - 1}/${total}`, bytes.slice(1_000));
    expect(last.status).toBe(201);
    const uploaded = (await last.json()) as Uploaded;
    const [{ document = '' } = {}] = uploaded.data;
    expect(uploaded.data).toEqual([{ document, revision: 1, name: 'policy.md', bytes: total }]);
    // Its answer was lost: the same end is answered alike, and changes nothing.
    expect(await (await put(upload, `bytes 1000-${total - 1}/${total}`, bytes.slice(1_000))).json()).toEqual(
      uploaded,
    );
    expect(await (await put(upload, `bytes */${total}`, '')).json()).toEqual(uploaded);

    const path = knowledge('sales', '/progress');
    const events = await heard(`${path}?after=${uploaded.position}`, ({ status }) => status === 'indexed');
    expect(events.map(({ status, revision }) => [status, revision])).toEqual([
      ['extracting', 1],
      ['chunking', 1],
      ['embedding', 1],
      ['indexed', 1],
    ]);
    expect(events.every((event) => event.document === document && event.department === 'sales')).toBe(true);
    const resumed = await heard(path, ({ status }) => status === 'indexed', events[1]?.id);
    expect(resumed.map(({ status }) => status)).toEqual(['embedding', 'indexed']);

    const view = await running.eventually<{ status: string; tags: string[]; source: string }>(
      knowledge('sales', `/documents/${document}`),
      ({ status }) => status === 'indexed',
    );
    expect(view).toMatchObject({ tags: ['a', 'b'], source: 'handbook', name: 'policy.md', bytes: total });
    const content = await running.fetch(knowledge('sales', `/documents/${document}/content`));
    expect(await content.text()).toBe(text);
  });

  test('a revision comes in pieces, too; an empty file becomes a document that says so', async () => {
    const send = async (body: object, content: string) => {
      const { upload } = await running.json<Upload>(knowledge('sales', '/uploads'), { method: 'POST', body });
      const { length } = content;
      const range = length === 0 ? 'bytes */0' : `bytes 0-${length - 1}/${length}`;
      const response = await put(upload, range, content);
      expect(response.status).toBe(201);
      return (await response.json()) as Uploaded;
    };
    const one = await send({ name: 'a.txt', bytes: 4 }, 'One.');
    const [{ document = '' } = {}] = one.data;
    const two = await send({ name: 'a.txt', bytes: 4, document }, 'Two.');
    expect(two.data).toMatchObject([{ document, revision: 2 }]);
    const empty = await send({ name: 'empty.txt', bytes: 0 }, '');
    const path = knowledge('sales', `/progress?after=${one.position}`);
    const events = await heard(path, ({ status }) => status === 'failed');
    const failed = events.find(({ status }) => status === 'failed');
    expect(failed).toMatchObject({ document: empty.data[0]?.document, failure: { code: 'document.empty' } });
  });

  test('a stream ends with the key that opened it', async () => {
    const { key, secret } = await running.json<{ key: string; secret: string }>('/api/v1/keys', {
      method: 'POST',
      body: { name: 'reader', role: 'tenant-admin' },
    });
    const asReader = () =>
      fetch(`${running.url}${knowledge('sales', '/progress')}`, {
        headers: { authorization: `Bearer ${secret}` },
      });
    await expect
      .poll(
        async () =>
          (await fetch(`${running.url}/api/v1/me`, { headers: { authorization: `Bearer ${secret}` } }))
            .status,
      )
      .toBe(200);
    const stream = await asReader();
    expect(stream.status).toBe(200);
    const ended = (async () => {
      for await (const _ of stream.body ?? []);
      return 'ended';
    })();
    const early = new Promise((resolve) => setTimeout(() => resolve('open'), 1_200));
    expect(await Promise.race([ended, early])).toBe('open');
    await running.json(`/api/v1/keys/${key}`, { method: 'DELETE' });
    expect(await ended).toBe('ended');
    expect((await asReader()).status).toBe(401);
  });

  test('another department hears nothing of it, and finds no upload', async () => {
    const { upload } = await running.json<Upload>(knowledge('sales', '/uploads'), {
      method: 'POST',
      body: { name: 'MARKER.txt', bytes: 4 },
    });
    const form = new FormData();
    form.append('file', new Blob(['Contracts are signed by two people.']), 'contracts.txt');
    expect((await put(upload, 'bytes 0-3/4', 'One.')).status).toBe(201);
    await fetch(`${running.url}${knowledge('legal', '/documents')}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${testAdminKey}` },
      body: form,
    });
    const { data } = await running.eventually<{ data: { position: string }[] }>(
      '/api/v1/events?type=department.created',
      ({ data }) => data.length > 1,
    );
    const from = data.at(-1)?.position ?? '';
    const legal = await heard(
      knowledge('legal', `/progress?after=${from}`),
      ({ status }) => status === 'indexed',
    );
    expect(new Set(legal.map(({ department }) => department))).toEqual(new Set(['legal']));
    expect(legal.map(({ status }) => status)).toEqual([
      'uploaded',
      'extracting',
      'chunking',
      'embedding',
      'indexed',
    ]);
    expect((await running.fetch(knowledge('legal', `/uploads/${upload}`))).status).toBe(404);
    expect((await running.fetch(knowledge('nowhere', '/progress'))).status).toBe(404);
    expect((await running.fetch(knowledge('sales', `/uploads/${upload}`), { method: 'DELETE' })).status).toBe(
      204,
    );
    expect((await running.fetch(knowledge('sales', `/uploads/${upload}`))).status).toBe(404);
    const folder = join(running.folder, 'data', 'uploads');
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
      if (entry.isFile())
        expect(readFileSync(join(entry.parentPath, entry.name)).includes('MARKER')).toBe(false);
  });
});

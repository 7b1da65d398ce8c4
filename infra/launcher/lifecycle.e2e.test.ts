import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type RunningTestDaybook, testAdminKey, testDaybook } from '../testing/daybook.ts';
import { guard } from '../testing/guardian.ts';
import { alive, childrenOf, suspend } from '../testing/processes.ts';
import { answers, scriptedUpstream, usageOf } from '../testing/upstream.ts';
import { startDaybook } from './start.ts';

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-life-'));
  chmodSync(folder, 0o755);
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function run(options: Parameters<typeof testDaybook>[0] = {}): Promise<RunningTestDaybook> {
  const running = await testDaybook(options);
  cleanups.push(() => running.stop());
  return running;
}

const ask = (running: RunningTestDaybook, model = 'builtin/extractive') =>
  running.fetch('/v1/chat/completions', {
    method: 'POST',
    body: { model, user: 'ana', max_tokens: 20, messages: [{ role: 'user', content: 'One. Two.' }] },
  });

describe.each(['auto', 'embedded'])('profile %s', (profile) => {
  test('starts on an empty folder, answers, keeps what it recorded over a restart, and leaves no process', async () => {
    const folder = freshFolder();
    const first = await testDaybook({ folder, variables: { DAYBOOK_PROFILE: profile } });
    const parts = first.daybook.parts.map(({ part, runsOn }) => `${part}: ${runsOn}`);
    expect(parts.join('; ')).toContain(
      profile === 'embedded' ? 'event log: Postgres table, embedded' : 'event log: NATS JetStream, private',
    );
    expect((await ask(first)).status).toBe(200);
    const before = await first.eventually<{ data: { id: string }[] }>(
      '/api/v1/invocations',
      (body) => body.data.length === 1,
    );
    const pids = [...first.daybook.processes().values()];
    expect(pids.length).toBeGreaterThan(1);
    await first.stop();
    expect(pids.filter(alive)).toEqual([]);
    expect(existsSync(join(folder, 'data', 'running.json'))).toBe(false);
    for (const secret of ['master.key', 'cli.key', 'profile.json'])
      expect(statSync(join(folder, 'data', secret)).mode & 0o077).toBe(0);

    const second = await testDaybook({ folder, variables: { DAYBOOK_PROFILE: profile } });
    cleanups.push(() => second.stop());
    const after = await second.eventually<{ data: { id: string }[] }>(
      '/api/v1/invocations',
      (body) => body.data.length === 1,
    );
    expect(after.data[0]?.id).toBe(before.data[0]?.id);
    expect((await ask(second)).status).toBe(200);
  });

  test('workflow versions, messages and every event are read back, and the stream goes on after a position', async () => {
    const running = await run({ variables: { DAYBOOK_PROFILE: profile } });
    const plan = (...ids: string[]) => ({ definition: { steps: ids.map((id) => ({ id, uses: 'model' })) } });
    const publish = (body: object) =>
      running.json<{ version: number; position: string }>('/api/v1/workflows/daily/versions', {
        method: 'POST',
        body,
      });
    expect((await publish(plan('a'))).version).toBe(1);
    expect((await publish(plan('a'))).version).toBe(1);
    const racing = await Promise.all([
      publish(plan('a', 'b')),
      publish(plan('a', 'c')),
      publish(plan('a', 'd')),
    ]);
    expect(racing.map(({ version }) => version).sort()).toEqual([2, 3, 4]);
    const last = racing.find(({ version }) => version === 4);
    const { data } = await running.json<{ data: { version: number }[] }>(
      `/api/v1/workflows/daily/versions?after=${last?.position}`,
    );
    expect(data.map(({ version }) => version)).toEqual([4, 3, 2, 1]);
    const diff = await running.eventually<{ patch: { op: string; path: string }[]; readable: string[] }>(
      '/api/v1/workflows/daily/versions/1/diff/2',
      () => true,
    );
    expect(diff.patch).toMatchObject([{ op: 'add', path: '/steps/1' }]);
    const stale = await running.fetch('/api/v1/workflows/daily/versions', {
      method: 'POST',
      body: plan('z'),
      headers: { 'if-match': '"0000"' },
    });
    expect(stale.status).toBe(412);

    const message = {
      from: 'planner',
      to: { channel: 'all' },
      type: 'note',
      conversation: 'c1',
      body: { text: 'olá' },
    };
    const sent = await running.json<{ message: string; position: string }>('/api/v1/agents/messages', {
      method: 'POST',
      body: message,
    });
    const read = await running.eventually<{ data: { id: string; from: string; body: unknown }[] }>(
      `/api/v1/agents/messages?conversation=c1&after=${sent.position}`,
      (body) => body.data[0]?.body !== null,
    );
    expect(read.data).toMatchObject([
      { id: sent.message, from: 'planner', to: { channel: 'all' }, body: { text: 'olá' } },
    ]);

    const { data: events } = await running.eventually<{ data: { type: string; position: string }[] }>(
      '/api/v1/events?limit=100',
      (body) => body.data.some(({ type }) => type === 'agent.message.sent'),
    );
    const third = events.filter(({ type }) => type === 'workflow.version.published').at(1);
    const stop = new AbortController();
    const stream = await fetch(`${running.url}/api/v1/events/stream?type=workflow.version.published`, {
      headers: { authorization: `Bearer ${testAdminKey}`, 'last-event-id': third?.position ?? '' },
      signal: stop.signal,
    });
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of stream.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.includes('"version":4')) break;
    }
    stop.abort();
    expect(text).not.toContain('"version":3');
  });
});

test('a second start on the same data directory is refused with a clear sentence', async () => {
  const running = await run();
  await expect(
    startDaybook({
      variables: {
        PATH: process.env['PATH'],
        DAYBOOK_DATA_DIR: join(running.folder, 'data'),
        DAYBOOK_PORT: '0',
      },
      cwd: running.folder,
      onChange: () => {},
    }),
  ).rejects.toThrow(/runs on .* already \(process \d+/);
  expect((await ask(running)).status).toBe(200);
});

test('data that was made with one kind of log is not ignored by another', async () => {
  const folder = freshFolder();
  await (await testDaybook({ folder, variables: { DAYBOOK_PROFILE: 'auto' } })).stop();
  await expect(testDaybook({ folder, variables: { DAYBOOK_PROFILE: 'embedded' } })).rejects.toThrow(
    /was made with a private nats-server.*log copy/,
  );
});

test('a taken port is a clear error, and nothing stays behind', async () => {
  const taken = createServer();
  const port = await new Promise<number>((resolve) =>
    taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port)),
  );
  cleanups.push(() => new Promise<void>((resolve) => taken.close(() => resolve())));
  const folder = freshFolder();
  await expect(testDaybook({ folder, variables: { DAYBOOK_PORT: String(port) } })).rejects.toThrow(
    `Port ${port} on 127.0.0.1 is taken`,
  );
  expect(existsSync(join(folder, 'data', 'running.json'))).toBe(false);
});

test('what a killed supervisor leaves behind is ended by the next start, and the data is whole', async () => {
  const folder = freshFolder();
  const cli = join(import.meta.dirname, '../cli/daybook.ts');
  const env = {
    ...process.env,
    DAYBOOK_DATA_DIR: join(folder, 'data'),
    DAYBOOK_PORT: '0',
    DAYBOOK_ADMIN_KEY: testAdminKey,
  };
  const supervisor = spawn(process.execPath, [cli, 'start'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    let said = '';
    supervisor.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('is ready at')) resolve();
    });
    supervisor.once('exit', () => reject(new Error(said)));
  });
  const running: { children: { name: string; pid: number }[] } = JSON.parse(
    readFileSync(join(folder, 'data', 'running.json'), 'utf8'),
  );
  const answer = execFileSync(process.execPath, [cli, 'ask', 'One. Two.'], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  expect(answer).toContain('One. Two.');
  // From here on they have no supervisor that ends them where this test does not come to its end.
  for (const { pid } of running.children) cleanups.push(guard(pid));
  supervisor.removeAllListeners('exit');
  const dead = new Promise((resolve) => supervisor.once('exit', resolve));
  supervisor.kill('SIGKILL');
  await dead;
  const servers = running.children.filter(({ name }) => name !== 'gateway' && name !== 'worker');
  expect(servers.some(({ pid }) => alive(pid))).toBe(true);
  const next = await testDaybook({ folder });
  cleanups.push(() => next.stop());
  expect(running.children.filter(({ pid }) => alive(pid))).toEqual([]);
  await next.eventually<{ data: unknown[] }>('/api/v1/invocations', (body) => body.data.length === 1);
});

test('a server that is gone is named by /ready within 2 s, calls that cannot be recorded reach no provider, and all recovers', async () => {
  const upstream = await scriptedUpstream({ good: answers('yes', usageOf(3, 1)) });
  cleanups.push(() => upstream.stop());
  const running = await run({
    config: `
providers: [{ id: test, kind: openai-compatible, baseUrl: "${upstream.url}" }]
models: [{ name: good, provider: test, price: { input: "1", output: "1" } }]
`,
  });
  expect((await ask(running, 'test/good')).status).toBe(200);
  for (const [server, part] of [
    ['nats-server', 'log'],
    ['postgres', 'read-models'],
    ['redis-server', 'counters'],
  ] as const) {
    const pid = running.daybook.processes().get(server) ?? 0;
    // Stopped, not killed: it hangs, which is worse, and it is not started again meanwhile.
    const resume = [await suspend(pid)];
    try {
      if (server === 'postgres') for (const backend of childrenOf(pid)) resume.push(await suspend(backend));
      const start = performance.now();
      const ready = await running.fetch('/ready');
      expect(performance.now() - start).toBeLessThan(2_000);
      expect(ready.status).toBe(503);
      expect(((await ready.json()) as { failing: string[] }).failing).toContain(part);
      if (server === 'nats-server') {
        const before = upstream.calls.length;
        const refused = await ask(running, 'test/good');
        expect(refused.status).toBe(503);
        expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
        expect(upstream.calls.length).toBe(before);
      }
    } finally {
      for (const one of resume.reverse()) one();
    }
    await expect.poll(async () => (await running.fetch('/ready')).status, { timeout: 20_000 }).toBe(200);
    await expect.poll(async () => (await ask(running, 'test/good')).status, { timeout: 20_000 }).toBe(200);
  }
}, 90_000);

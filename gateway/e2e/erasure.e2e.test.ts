import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandLine } from '../../infra/testing/command-line.ts';
import { type RunningTestDaybook, secondGateway, testDaybook } from '../../infra/testing/daybook.ts';
import { answers, type ScriptedUpstream, scriptedUpstream, usageOf } from '../../infra/testing/upstream.ts';
import { type Actor, actor, issueFor } from './testing/actors.ts';

interface Call {
  id: string;
  user: string | null;
  session: string | null;
  prompt?: unknown;
  answer?: unknown;
}

interface Report {
  status: string;
  contents: { count: number; readable: number } | null;
  checkpoint: { number: number } | null;
}

describe.each(['auto', 'embedded'])('profile %s', (profile) => {
  let upstream: ScriptedUpstream;
  let running: RunningTestDaybook;
  let other: RunningTestDaybook;
  let admin: Actor;

  beforeAll(async () => {
    upstream = await scriptedUpstream({ good: answers('All is well here.', usageOf(12, 5)) });
    const config = `
providers: [{ id: cloud, kind: openai-compatible, baseUrl: "${upstream.url}", tier: 1, local: false }]
models: [{ name: good, provider: cloud, price: { input: "1", output: "10" } }]
audit: { everyCommits: 5, everySeconds: 1 }`;
    running = await testDaybook({ config, variables: { DAYBOOK_PROFILE: profile } });
    other = await secondGateway(running, config);
    admin = actor(running.url);
  });
  afterAll(async () => {
    await other.stop();
    await running.stop();
    await upstream.stop();
  });

  const ask = async (user: string, session: string, headers: Record<string, string> = {}, stream = false) => {
    const response = await admin.fetch(
      'POST',
      '/v1/chat/completions',
      {
        model: 'cloud/good',
        user,
        stream,
        max_tokens: 40,
        messages: [{ role: 'user', content: `I am ${user}.` }],
      },
      { 'daybook-session': session, ...headers },
    );
    expect(response.status).toBe(200);
    await response.text();
    return response.headers.get('daybook-invocation-id') ?? '';
  };

  test('erasing a person destroys what is theirs everywhere, proves it, and touches nobody else', async () => {
    await admin.json('POST', '/api/v1/users', { id: 'ana', displayName: 'Ana of Lisbon' });
    const hers = await issueFor(admin, { name: 'hers', role: 'member', user: 'ana' });
    await actor(running.url, hers.secret).inForce();
    await actor(other.url, hers.secret).inForce();
    const again = { 'idempotency-key': 'once' };
    const first = await ask('ana', 'diary-of-ana', again);
    const streamed = await ask('ana', 'meeting', { 'daybook-resumable': 'true' }, true);
    const bruno = await ask('bruno', 'meeting');
    const { data } = await running.eventually<{ data: Call[] }>(
      '/api/v1/invocations',
      (b) => b.data.length === 3,
    );
    const texts = await Promise.all(data.map(({ id }) => other.json<Call>(`/api/v1/invocations/${id}`)));
    expect(JSON.stringify(texts)).toContain('I am ana.');
    expect((await running.fetch(`/v1/streams/${streamed}`)).status).toBe(200);

    const begun = performance.now();
    const { erasure, report } = await running.json<{ erasure: string; report: string }>(
      '/api/v1/users/ana/data',
      {
        method: 'DELETE',
      },
    );
    // Every gateway, within a second.
    const there = await other.eventually<Call>(
      `/api/v1/invocations/${first}`,
      ({ prompt }) => JSON.stringify(prompt) === '{"redacted":true}',
      1_000,
    );
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect(there).toMatchObject({ answer: { redacted: true } });

    const done = await running.eventually<Report>(report, ({ status }) => status === 'completed');
    const { data: left } = await running.json<{ data: Call[] }>('/api/v1/invocations');
    const session = left.find(({ id }) => id === first)?.session ?? '';
    expect(done).toMatchObject({
      id: erasure,
      status: 'completed',
      destroyed: { key: true, keys: [hers.key], sessions: [session], replies: 1, streams: 1 },
      // Two prompts, two answers, a profile.
      contents: { count: 5, readable: 0 },
      records: { invocations: 2 },
    });
    // What she called herself and her diary is gone; the meeting was Bruno's, too.
    const shown = JSON.stringify(left);
    expect(shown).not.toMatch(/"ana"|diary-of-ana/);
    expect(shown).toContain('"meeting"');
    expect(await running.json(`/api/v1/invocations/${bruno}`)).toMatchObject({ user: 'bruno' });
    expect(JSON.stringify(await running.json(`/api/v1/invocations/${bruno}`))).toContain('I am bruno.');
    expect((await running.fetch(`/v1/streams/${streamed}`)).status).toBe(404);
    for (const gateway of [running, other]) await actor(gateway.url, hers.secret).inForce('/api/v1/me', 401);
    await running.eventually<Report>(
      `/api/v1/erasures/${session}`,
      ({ status, contents }) => status === 'completed' && contents?.readable === 0,
    );

    // A checkpoint seals it, and the log holds.
    const sealed = await running.eventually<Report>(report, ({ checkpoint }) => checkpoint !== null);
    expect(sealed.checkpoint?.number).toBeGreaterThan(0);
    const stdout = await commandLine(running.folder, profile, 'log', 'verify');
    expect(JSON.parse(stdout)).toMatchObject({ firstBreak: null, audit: { findings: [] } });

    // Erasing what is erased changes nothing; who comes again by that name is somebody new.
    expect((await running.fetch('/api/v1/users/ana/data', { method: 'DELETE' })).status).toBe(404);
    expect(await running.json(`/api/v1/users/${erasure}/data`, { method: 'DELETE' })).toMatchObject({
      erasure,
    });
    expect(await running.json(report)).toEqual(sealed);
    await ask('ana', 'diary-of-ana');
    const { data: anew } = await running.eventually<{ data: Call[] }>(
      '/api/v1/invocations?user=ana',
      (body) => body.data.length === 1,
    );
    expect(anew[0]?.id).not.toBe(first);
    expect((await running.fetch('/api/v1/erasures/u_nobody')).status).toBe(404);
  }, 60_000);
});

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { commandLine } from '../testing/command-line.ts';
import { type RunningTestDaybook, testAdminKey, testDaybook } from '../testing/daybook.ts';

async function daybook<Result>(folder: string, profile: string, ...args: string[]): Promise<Result> {
  return JSON.parse(await commandLine(folder, profile, ...args)) as Result;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-backup-'));
  chmodSync(folder, 0o755);
  folders.push(folder);
  return folder;
}

interface Verified {
  firstBreak: unknown;
  audit: { findings: unknown[]; streams: { sealedTo: number }[] };
}

interface Call {
  id: string;
  user: string | null;
  prompt?: unknown;
  answer?: unknown;
}

const ask = async (running: RunningTestDaybook, user: string, text: string) => {
  const response = await running.fetch('/v1/chat/completions', {
    method: 'POST',
    body: { model: 'builtin/extractive', user, messages: [{ role: 'user', content: text }] },
  });
  expect(response.status).toBe(200);
  await response.arrayBuffer();
};

interface Uploaded {
  data: { document: string }[];
  position: string;
}

const documents = '/api/v1/knowledge/legal/documents';
const found = 'The canary sings in the mine at noon.';
const asked = { question: 'When does the canary sing in the mine?', cache: false };

/** A document of a department, once it is found. */
async function uploadTo(running: RunningTestDaybook, name: string, text: string): Promise<string> {
  const form = new FormData();
  form.append('file', new File([text], name));
  const answer = await fetch(`${running.url}${documents}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${testAdminKey}` },
    body: form,
  });
  expect(answer.status).toBe(201);
  const { data, position } = (await answer.json()) as Uploaded;
  const document = data[0]?.document ?? '';
  await running.eventually<{ status: string }>(
    `${documents}/${document}?after=${position}`,
    ({ status }) => status === 'indexed',
  );
  return document;
}

/** What is said of it: the file, its text, and an answer that quotes it. */
async function knownOf(running: RunningTestDaybook, document: string) {
  const read = async (as: string) =>
    (await running.fetch(`${documents}/${document}/content?as=${as}`)).text();
  const { citations } = await running.json<{ citations: { document: string; quote: string }[] }>(
    '/api/v1/queries',
    { method: 'POST', body: asked },
  );
  return { file: await read('file'), text: await read('text'), citations };
}

/** Without the embeddings that knowledge takes. */
const chats = '/api/v1/invocations?operation=chat';

/** All that read models say, and what the contents say, in a form to compare. */
async function seen(running: RunningTestDaybook, calls: number) {
  const { data } = await running.eventually<{ data: Call[] }>(
    chats,
    (body) => body.data.length === calls,
    20_000,
  );
  const whole = await Promise.all(data.map(({ id }) => running.json<Call>(`/api/v1/invocations/${id}`)));
  const budgets = await running.eventually<{ data: { pendingUsd: string }[] }>(
    '/api/v1/budgets',
    (body) => body.data.length === 1 && body.data.every(({ pendingUsd }) => /^0(\.0+)?$/.test(pendingUsd)),
    20_000,
  );
  return { whole, budgets, costs: await running.json('/api/v1/costs?groupBy=user') };
}

describe.each(['auto', 'embedded'])('profile %s', (profile) => {
  test('a backup of a running Daybook restores into an empty folder: read models equal, contents readable, erased ones not', async () => {
    const [folder, target] = [freshFolder(), freshFolder()];
    const backup = join(freshFolder(), 'backup');
    const first = await testDaybook({
      folder,
      variables: { DAYBOOK_PROFILE: profile },
      config: 'audit: { everyCommits: 5, everySeconds: 1 }',
    });
    let before: Awaited<ReturnType<typeof seen>>;
    let late: string;
    let document: string;
    let known: Awaited<ReturnType<typeof knownOf>>;
    try {
      await first.json('/api/v1/budgets', {
        method: 'POST',
        body: { scope: 'user', id: 'ana', period: 'monthly', limitUsd: '1' },
      });
      await ask(first, 'ana', 'A letter of Ana.');
      await ask(first, 'ana', 'Another letter of Ana.');
      await ask(first, 'bruno', 'A letter of Bruno.');
      await first.json('/api/v1/users/bruno/data', { method: 'DELETE' });
      await first.json('/api/v1/departments', { method: 'POST', body: { slug: 'legal' } });
      document = await uploadTo(first, 'canary.md', found);
      known = await knownOf(first, document);
      expect(known).toMatchObject({ file: found, text: found, citations: [{ document, quote: found }] });
      before = await seen(first, 3);
      await first.eventually<{ last: unknown }>('/api/v1/audit/notary', ({ last }) => last !== null);
      const manifest = await daybook<{ masterKey: string; contents: number }>(
        folder,
        profile,
        'backup',
        backup,
      );
      // Its text is its file: that and the index are its blobs. Contents are those of the letters, its
      // details, two texts that were embedded, a question and its answer.
      expect(manifest).toMatchObject({ masterKey: 'included', contents: 11, blobs: 2 });
      const { audit } = await daybook<Verified>(folder, profile, 'log', 'verify');
      expect(audit).toMatchObject({ findings: [], keys: 'in the vault' });
      // What happens after the backup is not in it.
      await ask(first, 'ana', 'Too late.');
      await uploadTo(first, 'late.md', 'Too late.');
      late = (await first.eventually<{ data: Call[] }>(chats, (b) => b.data.length === 4)).data[0]?.id ?? '';
      // Into a data directory that holds something, nothing is restored.
      await expect(daybook(folder, profile, 'restore', backup)).rejects.toMatchObject({
        stderr: expect.stringContaining('runs on'),
      });
    } finally {
      await first.stop();
    }
    expect(await daybook(target, profile, 'restore', backup)).toMatchObject({
      erasuresApplied: 1,
      checkpoints: expect.any(Number),
      blobs: 2,
    });
    await expect(daybook(target, profile, 'restore', backup)).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not empty'),
    });

    const second = await testDaybook({ folder: target, variables: { DAYBOOK_PROFILE: profile } });
    try {
      expect(await seen(second, 3)).toEqual(before);
      // It is found again once the read models know where its name lies.
      await expect.poll(() => knownOf(second, document), { timeout: 15_000, interval: 250 }).toEqual(known);
      const of = (text: string) => before.whole.filter(({ prompt }) => JSON.stringify(prompt).includes(text));
      expect(of('letter of Ana')).toHaveLength(2);
      expect(of('redacted')).toHaveLength(1);
      expect(JSON.stringify(before.whole)).not.toContain('Bruno');
      expect((await second.fetch(`/api/v1/invocations/${late}`)).status).toBe(404);
      // What was sealed before the backup holds here, under the same key; an erasure is no tampering.
      const restored = await daybook<Verified>(target, profile, 'log', 'verify');
      expect(restored).toMatchObject({ firstBreak: null, audit: { findings: [] } });
      expect(restored.audit.streams[0]?.sealedTo).toBeGreaterThan(0);
      // It goes on as the same Daybook: Ana is who she was, and spends from the same budget.
      await ask(second, 'ana', 'A letter after the restore.');
      const { data } = await second.eventually<{ data: Call[] }>(
        '/api/v1/invocations?user=ana',
        (body) => body.data.length === 3,
      );
      expect(new Set(data.map(({ user }) => user))).toEqual(new Set(['ana']));
    } finally {
      await second.stop();
    }
  }, 90_000);
});

import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandLine } from '../testing/command-line.ts';
import { type RunningTestDaybook, testAdminKey, testDaybook } from '../testing/daybook.ts';

interface Ingested {
  indexed: number;
  failed: number;
  unchanged: number;
  documents: { path: string; outcome: string; document: string; revision: number; reason?: string }[];
}

const cli = fileURLToPath(new URL('daybook.ts', import.meta.url));
const policy =
  '# Refunds\n\nRefunds are paid within 14 days of the return. Shipping costs are not refunded.\n\n# Opening hours\n\nThe shop is open from 9 to 18 on weekdays.\n';

describe.each(['auto', 'embedded'])('profile %s', (profile) => {
  let folder: string;
  let running: RunningTestDaybook;
  const start = () => testDaybook({ folder, variables: { DAYBOOK_PROFILE: profile } });
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'daybook-knowledge-'));
    chmodSync(folder, 0o755);
    running = await start();
    await running.json('/api/v1/departments', { method: 'POST', body: { slug: 'sales' } });
    mkdirSync(join(folder, 'papers', 'more'), { recursive: true });
    writeFileSync(join(folder, 'papers', 'policy.md'), policy);
    writeFileSync(join(folder, 'papers', 'more', 'lamp.txt'), 'The lamp has a warranty of three years.\n');
    writeFileSync(join(folder, 'papers', 'more', 'broken.pdf'), '%PDF-1.7\nnothing of the kind');
    writeFileSync(join(folder, 'papers', '.hidden.txt'), 'Nobody reads this.');
  });
  afterAll(async () => {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What a command printed, and its exit code. */
  const daybook = async <Body>(...args: string[]): Promise<{ code: number; body: Body }> => {
    const { code, stdout } = await commandLine(folder, profile, ...args).then(
      (out) => ({ code: 0, stdout: out }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
    return { code, body: JSON.parse(stdout) as Body };
  };
  const ingest = (...args: string[]) =>
    daybook<Ingested>('ingest', join(folder, 'papers'), '--department', 'sales', ...args);
  const outcomes = ({ documents }: Ingested) =>
    Object.fromEntries(
      documents.map(({ path, outcome, revision }) => [path.split('/').at(-1), [outcome, revision]]),
    );

  test('a folder is brought, each file followed to its end; changed files become revisions, others are left alone', async () => {
    const first = await ingest('--tags', 'handbook');
    expect(first.code).toBe(1);
    expect(outcomes(first.body)).toEqual({
      'policy.md': ['indexed', 1],
      'lamp.txt': ['indexed', 1],
      'broken.pdf': ['failed', 1],
    });
    expect(first.body.documents.find(({ outcome }) => outcome === 'failed')?.reason).toMatch(/./);

    writeFileSync(join(folder, 'papers', 'more', 'lamp.txt'), 'The lamp has a warranty of five years.\n');
    const second = await ingest();
    expect(second.code).toBe(0);
    expect(second.body).toMatchObject({ indexed: 1, failed: 0, unchanged: 2 });
    expect(outcomes(second.body)).toMatchObject({ 'lamp.txt': ['indexed', 2] });

    const { body: listed } = await daybook<{ name: string; source: string; tags: string[] }[]>(
      'knowledge',
      'list',
      '--department',
      'sales',
    );
    expect(listed.map(({ name, source }) => [name, source]).sort()).toEqual([
      ['broken.pdf', 'more/broken.pdf'],
      ['lamp.txt', 'more/lamp.txt'],
      ['policy.md', 'policy.md'],
    ]);
    expect(
      (await daybook('ingest', 'nowhere.txt', '--department', 'sales').catch(() => ({ code: 2 }))).code,
    ).toBe(2);
  });

  test('questions are answered with numbered citations, and every citation is verified, running or not', async () => {
    interface Answer {
      query: string;
      outcome: string;
      text: string;
      citations: { quote: string; name: string; start: number; end: number }[];
    }
    const { body: answer } = await daybook<Answer>(
      ...['ask', 'Within how many days are refunds paid?', '--department', 'sales', '--k', '4'],
    );
    expect(answer.citations.map(({ quote }) => quote).join()).toContain('14 days');
    for (const { quote, start, end, name } of answer.citations)
      if (name === 'policy.md') expect(policy.slice(start, end)).toBe(quote);
    const plain = spawn(
      process.execPath,
      [cli, 'ask', 'Within how many days are refunds paid?', '--department', 'sales'],
      {
        cwd: folder,
        env: {
          PATH: process.env['PATH'] ?? '',
          DAYBOOK_DATA_DIR: join(folder, 'data'),
          DAYBOOK_ADMIN_KEY: testAdminKey,
        },
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    let text = '';
    for await (const some of plain.stdout) text += String(some);
    expect(text).toMatch(/ \[1\]/);
    expect(text).toMatch(/^\[1\] policy\.md .*\n {4}".*14 days/m);

    const { body: unknown } = await daybook<Answer>(
      'ask',
      'What is the capital of Mongolia?',
      '--department',
      'sales',
    );
    expect(unknown.outcome).not.toBe('answered');

    interface Verified {
      answers: number;
      citations: number;
      holding: number;
      faults: { reason: string; query: string }[];
    }
    const live = await daybook<Verified>('knowledge', 'verify');
    expect(live.code).toBe(0);
    expect(live.body).toMatchObject({ answers: 3, faults: [] });
    expect(live.body.holding).toBe(live.body.citations);
    expect(live.body.holding).toBeGreaterThan(0);

    await running.stop();
    const offline = await daybook<Verified>('knowledge', 'verify');
    expect(offline).toEqual(live);
    const blobs = join(folder, 'data', 'blobs', 'default');
    for (const entry of readdirSync(blobs, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) {
        const file = join(entry.parentPath, entry.name);
        writeFileSync(file, Buffer.alloc(statSync(file).size, 1));
      }
    const tampered = await daybook<Verified>('knowledge', 'verify');
    expect(tampered.code).toBe(1);
    expect(new Set(tampered.body.faults.map(({ reason }) => reason))).toEqual(
      new Set(['its text is damaged']),
    );
    expect(tampered.body.faults).toHaveLength(live.body.citations);
  }, 60_000);
});

describe('a Daybook of its own', () => {
  let running: RunningTestDaybook;
  beforeAll(async () => {
    running = await testDaybook();
    await running.json('/api/v1/departments', { method: 'POST', body: { slug: 'sales' } });
  });
  afterAll(() => running.stop());
  const daybook = async <Body>(...args: string[]) =>
    JSON.parse(await commandLine(running.folder, 'auto', ...args)) as Body;

  test('a large file goes in pieces', async () => {
    const file = join(running.folder, 'large.html');
    writeFileSync(file, `<p>The lamp came late.</p><!-- ${'x'.repeat(33 * 2 ** 20)} --><p>It works.</p>`);
    const { documents } = await daybook<Ingested>('ingest', file, '--department', 'sales');
    expect(documents).toMatchObject([{ outcome: 'indexed', revision: 1 }]);
    expect(readdirSync(join(running.folder, 'data', 'uploads'), { recursive: true }).join()).not.toMatch(
      /at-\d/,
    );
  }, 60_000);

  test('a folder that is watched: new files come, changed ones again, until Ctrl-C', async () => {
    const watched = join(running.folder, 'watched');
    mkdirSync(watched);
    const child = spawn(
      process.execPath,
      [cli, '--json', 'ingest', watched, '--department', 'sales', '--watch'],
      {
        cwd: running.folder,
        env: {
          PATH: process.env['PATH'] ?? '',
          DAYBOOK_DATA_DIR: join(running.folder, 'data'),
          DAYBOOK_ADMIN_KEY: testAdminKey,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => JSON.parse((await lines.next()).value ?? '{}');
    writeFileSync(join(watched, 'note.txt'), 'One.');
    expect(await next()).toMatchObject({ outcome: 'indexed', revision: 1 });
    writeFileSync(join(watched, 'note.txt'), 'One, and two.');
    expect(await next()).toMatchObject({ outcome: 'indexed', revision: 2 });
    writeFileSync(join(watched, 'empty.txt'), '');
    expect(await next()).toMatchObject({ outcome: 'failed' });
    child.kill('SIGINT');
    expect(await exited).toBe(1);
  }, 60_000);

  test('reviews are listed, shown and resolved; documents are indexed anew and deleted', async () => {
    const { query } = await daybook<{ query: string }>('ask', 'Does the lamp work?', '--department', 'sales');
    const { review } = await running.json<{ review: string }>(`/api/v1/queries/${query}/escalate`, {
      method: 'POST',
    });
    await running.eventually<{ data: unknown[] }>('/api/v1/reviews', ({ data }) => data.length > 0);
    expect((await daybook<{ review: string }[]>('reviews', 'list')).map((one) => one.review)).toContain(
      review,
    );
    expect(await daybook('reviews', 'show', review)).toMatchObject({
      question: 'Does the lamp work?',
      status: 'open',
    });
    await expect(daybook('reviews', 'resolve', review)).rejects.toMatchObject({ code: 2 });
    const { document } = await daybook<{ document: string }>(
      'reviews',
      'resolve',
      review,
      '--correct',
      'It does.',
    );
    await running.eventually<{ status: string }>(
      `/api/v1/knowledge/sales/documents/${document}`,
      ({ status }) => status === 'indexed',
    );
    expect(await daybook('reviews', 'show', review)).toMatchObject({
      resolution: 'corrected',
      answer: 'It does.',
    });
    expect((await daybook<{ review: string }[]>('reviews')).map((one) => one.review)).not.toContain(review);

    const { documents } = await daybook<{ documents: string[] }>(
      ...['knowledge', 'reindex', '--all', '--department', 'sales'],
    );
    expect(documents).toContain(document);
    await daybook('knowledge', 'delete', document, '--department', 'sales');
    await running.eventually<{ data: { document: string }[] }>(
      '/api/v1/knowledge/sales/documents',
      ({ data }) => data.every((one) => one.document !== document),
    );
  }, 60_000);
});

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { upload } from '../../gateway/e2e/canary/testing/library.ts';
import { type Actor, actor, issueFor } from '../../gateway/e2e/testing/actors.ts';
import { commandLine } from '../testing/command-line.ts';
import { type RunningTestDaybook, testDaybook } from '../testing/daybook.ts';

interface Change {
  before: number;
  after: number;
  gained: object[];
  lost: object[];
}
interface Report {
  questions: number;
  overlap: number;
  passages: { gained: number; lost: number };
  citations: { gained: number; lost: number };
  changed: number;
  erased: number;
  past: number;
  documents: number;
  unread: object[];
  readOtherwise: number;
  chunks: { before: number; after: number };
  replayed: { query: string; passages: Change; outcome: { before: string; after: string } }[];
  notReplayed: string[];
}

const refunds =
  '# Refunds\n\nRefunds are paid within 14 days of the return. Shipping costs are not refunded by the shop. Whoever returns a lamp without its box gets half of the price back, and a letter that says why.\n';
const question = 'Within how many days of the return are refunds paid?';

let folder: string;
let running: RunningTestDaybook;
let admin: Actor;
let asked: string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'daybook-replay-'));
  chmodSync(folder, 0o755);
  running = await testDaybook({
    folder,
    variables: { DAYBOOK_PROFILE: 'embedded' },
    config: 'knowledge: { threshold: 0 }',
  });
  admin = actor(running.url);
  for (const slug of ['sales', 'legal']) await admin.json('POST', '/api/v1/departments', { slug });
  await upload(admin, 'sales', 'refunds.md', refunds);
  await upload(admin, 'sales', 'lamp.txt', 'The lamp has a warranty of three years.\n');
  await upload(admin, 'sales', 'opening.txt', 'The shop is open from 9 to 18 on weekdays.\n');
  const settings = encodeURIComponent('{"chunking":{"strategy":"recursive","size":512}}');
  const own = 'Contracts end after a year. '.repeat(20);
  await upload(admin, 'legal', 'contracts.txt', own, { query: `&settings=${settings}` });

  const ask = (who: Actor, text: string, department: string) =>
    who.json<{ query: string; position: string }>('POST', '/api/v1/queries', {
      question: text,
      departments: [department],
      cache: false,
    });
  const first = await ask(admin, question, 'sales');
  const second = await ask(admin, 'How long is the warranty of the lamp?', 'sales');
  const third = await ask(admin, 'When do contracts end?', 'legal');
  asked = [first.query, second.query, third.query];
  await admin.json('POST', `/api/v1/queries?at=${first.position}`, { question, departments: ['sales'] });

  await admin.json('POST', '/api/v1/users', { id: 'ana' });
  await admin.json('PUT', '/api/v1/members/ana/sales', { role: 'member' });
  const { secret } = await issueFor(admin, { name: 'ana', role: 'member', user: 'ana' });
  const ana = actor(running.url, secret);
  await ana.inForce();
  await ask(ana, 'I am Ana: when is the shop open?', 'sales');
  const { report } = await admin.json<{ report: string }>('DELETE', '/api/v1/users/ana/data');
  await running.eventually<{ status: string }>(report, ({ status }) => status === 'completed', 30_000);
}, 120_000);
afterAll(async () => {
  await running?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const replay = async (config: string, ...flags: string[]): Promise<Report> => {
  const file = join(folder, 'new.yaml');
  writeFileSync(file, config);
  const said = await commandLine(folder, 'embedded', 'eval', 'replay', '--config', file, ...flags);
  // Whoever compares configurations is not told what people asked.
  expect(said).not.toContain('refunds paid');
  return JSON.parse(said) as Report;
};

test('by the configuration in force nothing changes; what was erased, or asked of the past, is counted', async () => {
  const same = await replay('knowledge: { threshold: 0 }');
  expect(same).toMatchObject({
    ...{ questions: 3, erased: 1, past: 1, documents: 4, unread: [], readOtherwise: 0 },
    ...{ overlap: 1, changed: 0, passages: { gained: 0, lost: 0 }, citations: { gained: 0, lost: 0 } },
  });
  expect(same.chunks.after).toBe(same.chunks.before);
  expect(same.replayed.map(({ query }) => query)).toEqual(asked);
  expect(await replay('{ threshold: 0 }', '--department', 'legal')).toMatchObject({
    questions: 1,
    erased: 0,
    past: 0,
    documents: 1,
  });
});

test('fewer passages, another cut, another threshold: each shows in what is found and what comes of it', async () => {
  const fewer = await replay('knowledge: { threshold: 0, k: 1 }', '--department', 'sales');
  expect(fewer.passages.lost).toBeGreaterThan(0);
  expect(fewer.passages.gained).toBe(0);
  expect(fewer.overlap).toBeLessThan(1);
  for (const { passages } of fewer.replayed) {
    expect(passages.after).toBe(1);
    expect(passages.lost).toHaveLength(passages.before - 1);
  }

  const cut = 'knowledge: { threshold: 0, documents: { chunking: { strategy: recursive, size: 16 } } }';
  const finer = await replay(cut, '--department', 'sales');
  expect(finer.chunks.after).toBeGreaterThan(finer.chunks.before);
  // What an upload set for itself holds under any configuration.
  const own = await replay(cut, '--department', 'legal');
  expect(own.chunks.after).toBe(own.chunks.before);

  const strict = await replay('knowledge: { threshold: 1, embeddingModel: other/model }');
  expect(strict.changed).toBe(3);
  expect(strict.replayed.map(({ outcome }) => outcome.after)).toEqual(Array(3).fill('escalated'));
  expect(strict.notReplayed.join(' ')).toContain('other/model');
});

test('it refuses what is no configuration, and works on a Daybook that is stopped', async () => {
  await expect(replay('knowledge: { k: none }')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--config: k'),
  });
  await expect(replay('knowledge: {}', '--department', 'nowhere')).rejects.toMatchObject({ code: 4 });
  const live = await replay('knowledge: { threshold: 0, k: 1 }');
  await running.stop();
  expect(await replay('knowledge: { threshold: 0, k: 1 }')).toEqual(live);
});

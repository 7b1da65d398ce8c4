import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { freePort } from '../../infra/servers/index.ts';
import {
  gatewayPid,
  type RunningTestDaybook,
  testAdminKey,
  testDaybook,
} from '../../infra/testing/daybook.ts';
import { ingestUnderKills } from '../../infra/torture/kills.ts';
import { randomOf } from '../../infra/torture/random.ts';

let running: RunningTestDaybook | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

const start = async (profile: string): Promise<RunningTestDaybook> => {
  // Fixed, so that a gateway that starts again is found where it was.
  running = await testDaybook({
    variables: { DAYBOOK_PROFILE: profile, DAYBOOK_PORT: String(await freePort()) },
  });
  return running;
};

interface Document {
  document: string;
  name: string;
  status: string;
  attempts: number;
  failure: { code: string; reason: string } | null;
}

const path = '/api/v1/knowledge/sales/documents';
const upload = async ({ url }: RunningTestDaybook, name: string, content: string): Promise<string> => {
  const response = await fetch(`${url}${path}?name=${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${testAdminKey}` },
    body: content,
  });
  const { data } = (await response.json()) as { data: { document: string }[] };
  return data[0]?.document ?? '';
};

/** Strings that are never closed, each inside the one before: a parser looks for the end of each, for minutes. */
const poison = 'r#"'.repeat(600_000);

/** The processes that read a file for this gateway. */
const readersOf = (gateway: number): number[] =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .map(Number)
    .filter((pid) => {
      try {
        const parent = Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]);
        return (
          parent === gateway && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('extraction/reader.ts')
        );
      } catch {
        return false;
      }
    });

describe.each(['auto', 'embedded'])('profile %s', (profile) => {
  // `npm run torture:ingestion` does it with 1,000 documents and 50 kills.
  test('a worker that is killed again and again while documents are ingested leaves each indexed exactly once', async () => {
    const { daybook } = await start(profile);
    const result = await ingestUnderKills(daybook, testAdminKey, {
      documents: 60,
      kills: 5,
      random: randomOf(11),
    });
    expect(result.problems).toEqual([]);
    expect(result).toMatchObject({ kills: 5, documents: 60 });
  }, 180_000);

  test('a document that makes its reader die is parked as failed, and others pass it meanwhile', async () => {
    const daybook = await start(profile);
    await daybook.json('/api/v1/departments', { method: 'POST', body: { slug: 'sales' } });
    const bad = await upload(daybook, 'poison.rs', poison);
    const gateway = gatewayPid(daybook);
    await expect.poll(() => readersOf(gateway).length, { timeout: 20_000 }).toBe(1);
    const [reader = 0] = readersOf(gateway);
    for (let n = 0; n < 6; n++) await upload(daybook, `${n}.txt`, `Lamp ${n} came late.`);
    const all = ({ data }: { data: Document[] }) =>
      data.filter(({ status }) => status === 'indexed').length === 6;
    const { data } = await daybook.eventually<{ data: Document[] }>(path, all, 30_000);
    expect(data.find(({ document }) => document === bad)?.status).toBe('extracting');
    expect(reader).toBeGreaterThan(1);
    process.kill(reader, 'SIGKILL');
    const parked = await daybook.eventually<Document>(`${path}/${bad}`, ({ status }) => status === 'failed');
    expect(parked).toMatchObject({ attempts: 1, failure: { code: 'document.too-large' } });
    expect(gatewayPid(daybook)).toBe(gateway);
  }, 90_000);
});

test('a document during which the worker itself dies, again and again, is given up, and blocks nobody', async () => {
  const daybook = await start('embedded');
  await daybook.json('/api/v1/departments', { method: 'POST', body: { slug: 'sales' } });
  const bad = await upload(daybook, 'poison.rs', poison);
  const bodyOf = async () => (await daybook.fetch(`${path}/${bad}`).catch(() => undefined))?.json();
  for (let attempt = 1; attempt <= 12; attempt++) {
    await expect
      .poll(bodyOf, { timeout: 30_000, interval: 50 })
      .toMatchObject({ status: 'extracting', attempts: attempt });
    process.kill(gatewayPid(daybook), 'SIGKILL');
  }
  await expect.poll(bodyOf, { timeout: 30_000, interval: 50 }).toMatchObject({
    status: 'failed',
    failure: { code: 'document.gave-up' },
  });
  const good = await upload(daybook, 'good.txt', 'The lamp works.');
  const isIndexed = ({ data }: { data: Document[] }) =>
    data.some(({ document, status }) => document === good && status === 'indexed');
  await daybook.eventually(path, isIndexed, 20_000);
}, 120_000);

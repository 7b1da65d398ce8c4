import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { aggregates, parsePosition, parseSubject } from '../../bounded-contexts/kernel/index.ts';
import { openJetStreamLog, openPostgresLog } from '../event-log/index.ts';
import type { Daybook } from '../launcher/index.ts';

export interface KillOptions {
  readonly documents: number;
  /** How often the process that reads documents is killed while they are on their way. */
  readonly kills: number;
  readonly random: () => number;
  readonly onKill?: (kills: number, uploaded: number) => void;
}

export interface KillResult {
  readonly kills: number;
  readonly documents: number;
  readonly seconds: number;
  /** Begun attempts of the document that needed most. */
  readonly mostAttempts: number;
  readonly attempts: number;
  readonly problems: readonly string[];
}

const batch = 20;
const mostWaitMs = 240_000;
const department = 'killed';

/**
 * Uploads small documents while the process that reads them is killed again and again, then says what the log and the
 * index have of each: one upload, one `document.indexed` of revision 1, one chunk in search.
 */
export async function ingestUnderKills(
  daybook: Daybook,
  key: string,
  options: KillOptions,
): Promise<KillResult> {
  const { documents, kills: wanted, random, onKill } = options;
  const began = performance.now();
  const authorization = `Bearer ${key}`;
  const api = async <Body>(path: string, init: RequestInit = {}): Promise<Body> => {
    const response = await fetch(`${daybook.url}${path}`, {
      ...init,
      headers: {
        authorization,
        ...(typeof init.body === 'string' ? { 'content-type': 'application/json' } : {}),
        ...init.headers,
      },
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Body;
  };
  /** A gateway that was killed answers again soon. */
  const insist = async <Body>(path: string, init?: () => RequestInit): Promise<Body> => {
    for (const deadline = performance.now() + mostWaitMs; ; ) {
      try {
        return await api<Body>(path, init?.());
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await pause(100);
      }
    }
  };
  await api('/api/v1/departments', { method: 'POST', body: JSON.stringify({ slug: department }) });
  const path = `/api/v1/knowledge/${department}/documents`;

  let killed = 0;
  let uploaded = 0;
  const expected = new Set<string>();

  async function upload(): Promise<void> {
    const batches = Math.ceil(documents / batch);
    for (let n = 0; n < batches; n++) {
      // So that there is work left at every kill.
      while (killed < Math.floor((wanted * (n - 2)) / batches)) await pause(20);
      const idempotencyKey = randomUUID();
      const { data } = await insist<{ data: { document: string }[] }>(path, () => {
        const form = new FormData();
        for (let i = n * batch; i < Math.min(documents, (n + 1) * batch); i++)
          form.append(
            'file',
            new Blob([`Document ${i} says that lamp ${i} was delivered on day ${i}.`]),
            `${i}.txt`,
          );
        return { method: 'POST', headers: { 'idempotency-key': idempotencyKey }, body: form };
      });
      for (const { document } of data) expected.add(document);
      uploaded += data.length;
    }
  }

  async function kill(): Promise<void> {
    let last: number | undefined;
    while (killed < wanted) {
      await pause(100);
      const found = [...daybook.processes()].find(([name]) => name.split('+').includes('gateway'));
      if (!found || found[1] === last) continue;
      if (
        !(await fetch(`${daybook.url}/health`).then(
          ({ ok }) => ok,
          () => false,
        ))
      )
        continue;
      await pause(random() * 1_200);
      process.kill(found[1], 'SIGKILL');
      [, last] = found;
      killed++;
      onKill?.(killed, uploaded);
    }
  }

  await Promise.all([upload(), kill()]);
  const problems: string[] = [];
  const search = () =>
    insist<{ documents: number; chunks: number }>('/api/v1/queries/count', () => ({
      method: 'POST',
      body: JSON.stringify({ departments: [department] }),
    }));
  let found = await search();
  for (
    const deadline = performance.now() + mostWaitMs;
    found.documents < documents && performance.now() < deadline;
  ) {
    await pause(250);
    found = await search();
  }
  if (found.documents !== documents || found.chunks !== documents)
    problems.push(
      `search has ${found.documents} documents with ${found.chunks} chunks, not ${documents} each`,
    );

  const log = await (daybook.urls.nats === undefined
    ? openPostgresLog({ url: daybook.urls.database })
    : openJetStreamLog({ url: daybook.urls.nats }));
  const seen = new Map<string, { uploads: number; indexed: number; attempts: number; others: string[] }>();
  try {
    const ends = new Map(
      (await log.info()).streams.flatMap(({ stream, last }) =>
        last === null ? [] : [[stream, parsePosition(last).sequence] as const],
      ),
    );
    const subscription = log.subscribe(aggregates('document'), []);
    for await (const { stream, commits, through } of subscription) {
      for (const { subject, commit } of commits) {
        const { id = '' } = parseSubject(subject);
        const of = seen.get(id) ?? { uploads: 0, indexed: 0, attempts: 0, others: [] };
        seen.set(id, of);
        for (const { type, data } of commit.events) {
          if (type === 'document.uploaded') of.uploads++;
          else if (type === 'document.indexed' && data.revision === 1) of.indexed++;
          else if (type === 'document.ingestion.started') of.attempts++;
          else if (type !== 'document.extracted' && type !== 'document.chunked') of.others.push(type);
        }
      }
      if (parsePosition(through).sequence >= (ends.get(stream) ?? 0)) ends.delete(stream);
      if (ends.size === 0) break;
    }
    await subscription.stop();
  } finally {
    await log.close();
  }
  for (const document of expected) {
    const of = seen.get(document);
    if (of?.uploads !== 1 || of.indexed !== 1 || of.others.length > 0)
      problems.push(`${document}: ${JSON.stringify(of)}`);
  }
  if (expected.size !== documents) problems.push(`${expected.size} documents were told of, not ${documents}`);
  if (seen.size !== documents) problems.push(`the log has ${seen.size} documents, not ${documents}`);
  const attempts = [...seen.values()].map((one) => one.attempts);
  return {
    kills: killed,
    documents: seen.size,
    seconds: (performance.now() - began) / 1_000,
    mostAttempts: Math.max(0, ...attempts),
    attempts: attempts.reduce((sum, one) => sum + one, 0),
    problems,
  };
}

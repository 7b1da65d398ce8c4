/**
 * `npm run demo`: a real session from end to end. Three users summarise and classify customer reviews through the
 * gateway; one runs out of money, one provider fails, the gateway is killed in between; then the books are
 * shown, and every read model is rebuilt from zero and compared.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { auditLedger } from '../../bounded-contexts/budgets/index.ts';
import { type Recorded, subjectOf } from '../../bounded-contexts/kernel/index.ts';
import { projections, projectors } from '../../projections/index.ts';
import { parseEnvironment } from '../../schemas/config/environment.ts';
import { table } from '../cli/output.ts';
import { inProcessCounters, redisCounters } from '../counters/index.ts';
import { openJetStreamLog, openPostgresLog } from '../event-log/index.ts';
import { startDaybook } from '../launcher/index.ts';
import { providersOf } from '../launcher/presets.ts';
import { connectReadStore } from '../read-store/index.ts';
import { freePort } from '../servers/index.ts';
import { guardChildren } from '../testing/guardian.ts';
import { demoProvider } from './provider.ts';
import { reviews } from './reviews.ts';

const calls = 300;
const users = ['ana', 'bruno', 'carla'] as const;
const adminKey = 'demo-admin-key-0123456789';

const say = (text: string) => console.log(text);
const heading = (text: string) => say(`\n${text}\n${'─'.repeat(text.length)}`);

guardChildren();
const configured = providersOf(parseEnvironment(process.env));
const own = configured.length === 0;
const provider = own ? await demoProvider() : undefined;
const folder = mkdtempSync(join(tmpdir(), 'daybook-demo-'));
chmodSync(folder, 0o755);
const config = join(folder, 'daybook.yaml');
const { source, reviews: texts } = reviews(calls);

writeFileSync(
  config,
  own
    ? [
        'timeZone: America/Sao_Paulo',
        'providers:',
        `  - { id: shaky, kind: openai-compatible, baseUrl: "${provider?.url}", tier: 1 }`,
        `  - { id: steady, kind: openai-compatible, baseUrl: "${provider?.url}", tier: 2 }`,
        'models:',
        '  - { name: shaky, provider: shaky, price: { input: "0.4", output: "1.6" } }',
        '  - { name: steady, provider: steady, price: { input: "2", output: "8" } }',
        'routes:',
        '  - { alias: demo, models: [shaky/shaky, steady/steady] }',
        'limits: { callMs: 5000, rates: { management: { user: { requestsPerMinute: null } } } }',
        '',
      ].join('\n')
    : 'limits: { callMs: 60000, rates: { management: { user: { requestsPerMinute: null } } } }\n',
);

const daybook = await startDaybook({
  variables: {
    ...process.env,
    DAYBOOK_DATA_DIR: join(folder, 'data'),
    DAYBOOK_CONFIG: config,
    DAYBOOK_PORT: String(await freePort()),
    DAYBOOK_ADMIN_KEY: adminKey,
    DAYBOOK_LOG_LEVEL: 'fatal',
  },
  cwd: folder,
  onChange: (what) => say(`  · ${what}`),
});

async function api<Body>(path: string, body?: unknown): Promise<Body> {
  const response = await fetch(`${daybook.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Body;
}

async function session(): Promise<void> {
  const client = new OpenAI({ apiKey: adminKey, baseURL: `${daybook.url}/v1`, maxRetries: 0 });
  const model = own ? 'demo' : ((await client.models.list()).data[0]?.id ?? 'builtin/extractive');
  heading('A day of reviews');
  say(
    `${calls} calls for ${users.join(', ')} on ${source}, answered by ${own ? 'two stand-in providers on this machine (rules, no model; no provider is configured)' : model}.`,
  );
  await api('/api/v1/budgets', { scope: 'tenant', period: 'monthly', limitUsd: '5', mode: 'hard' });
  await api('/api/v1/budgets', { scope: 'user', id: 'ana', period: 'daily', limitUsd: '1', mode: 'soft' });
  await api('/api/v1/budgets', {
    scope: 'user',
    id: 'bruno',
    period: 'daily',
    limitUsd: '0.004',
    mode: 'hard',
  });
  await api('/api/v1/budgets', { scope: 'user', id: 'carla', period: 'weekly', limitUsd: '2', mode: 'hard' });

  const tally = { answered: 0, refused: 0, failed: 0, right: 0, classified: 0 };
  let next = 0;
  let killed = false;
  const caller = async () => {
    for (let index = next++; index < calls; index = next++) {
      if (index === Math.floor(calls / 2) && !killed) {
        killed = true;
        const pid = daybook.processes().get('gateway') ?? daybook.processes().get('gateway+worker');
        say(`  · after ${index} calls the gateway (process ${pid}) is killed with SIGKILL`);
        if (pid !== undefined) process.kill(pid, 'SIGKILL');
      }
      const review = texts[index];
      if (!review) continue;
      const classify = index % 2 === 1;
      const task = classify
        ? 'Classifique a avaliação como positiva, neutra ou negativa. Responda com uma palavra.'
        : 'Resuma a avaliação em uma frase.';
      for (let tries = 0; ; tries++) {
        try {
          const answer = await client.chat.completions.create(
            {
              model,
              max_tokens: 80,
              user: users[index % users.length] ?? 'ana',
              messages: [
                { role: 'system', content: task },
                { role: 'user', content: review.text },
              ],
            },
            {
              headers: {
                'Daybook-Task-Type': classify ? 'classify' : 'summarise',
                'Daybook-Session': 'demo',
              },
            },
          );
          tally.answered++;
          if (classify && review.score !== 3) {
            tally.classified++;
            const said = answer.choices[0]?.message.content ?? '';
            if (said.includes(review.score > 3 ? 'positiva' : 'negativa')) tally.right++;
          }
          break;
        } catch (error) {
          if (error instanceof OpenAI.RateLimitError) {
            tally.refused++;
            break;
          }
          // The gateway is on its way back, or stayed away: what it had begun is settled by the reaper.
          if (tries === 100) {
            tally.failed++;
            break;
          }
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, caller));
  say(
    `  ${tally.answered} answered, ${tally.refused} refused for lack of money, ${tally.failed} given up; ${tally.right} of ${tally.classified} classifications agree with the stars.`,
  );
}

interface Rows<Row> {
  data: Row[];
}

async function books(): Promise<void> {
  say('  Waiting until every reservation has ended …');
  const deadline = performance.now() + 60_000;
  for (;;) {
    const { data } = await api<Rows<{ pendingUsd: string }>>(
      '/api/v1/budgets/top-spenders?scope=tenant&period=total',
    );
    if (data.every(({ pendingUsd }) => pendingUsd === '0') || performance.now() > deadline) break;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  for (const by of ['tier', 'user', 'taskType', 'model'] as const) {
    heading(`Spend by ${by}`);
    const { data } = await api<
      Rows<{ group: string | number | null; calls: number; input: number; output: number; costUsd: string }>
    >(`/api/v1/costs?groupBy=${by}`);
    say(
      table(
        [by, 'calls', 'input', 'output', 'US$'],
        data.map((row) => [
          String(row.group ?? '–'),
          String(row.calls),
          String(row.input),
          String(row.output),
          row.costUsd,
        ]),
      ),
    );
  }
  heading('The ledger');
  const { data: budgets } =
    await api<
      Rows<
        Record<
          'scope' | 'id' | 'period' | 'mode' | 'limitUsd' | 'postedUsd' | 'pendingUsd' | 'remainingUsd',
          string
        > & { percent: number }
      >
    >('/api/v1/budgets');
  say(
    table(
      ['scope', 'id', 'period', 'mode', 'limit', 'posted', 'pending', 'left', 'used'],
      budgets.map((one) => [
        one.scope,
        one.id,
        one.period,
        one.mode,
        one.limitUsd,
        one.postedUsd,
        one.pendingUsd,
        one.remainingUsd,
        `${one.percent.toFixed(1)} %`,
      ]),
    ),
  );
  heading('Refusals');
  const { data: refused } = await api<Rows<{ user: string; reason: string; at: string }>>(
    '/api/v1/invocations?outcome=refused&limit=500',
  );
  say(
    refused.length === 0
      ? 'None.'
      : table(
          ['user', 'refused', 'the last reason'],
          users.flatMap((user) => {
            const own = refused.filter((one) => one.user === user);
            return own[0] ? [[user, String(own.length), own[0].reason]] : [];
          }),
        ),
  );
  const { data: moved } = await api<Rows<{ attempts: { outcome: string; model: string }[] }>>(
    '/api/v1/invocations?limit=500',
  );
  const failovers = moved.filter(({ attempts }) => attempts.length > 1);
  heading('A failing provider');
  say(`${failovers.length} calls failed at their first provider and were answered by the next.`);
}

async function proof(): Promise<number> {
  heading('Everything again, from zero');
  const { urls } = daybook;
  const log =
    urls.nats === undefined
      ? await openPostgresLog({ url: urls.database })
      : await openJetStreamLog({ url: urls.nats });
  const store = connectReadStore({ url: urls.database });
  const counters = urls.redis === undefined ? inProcessCounters() : redisCounters(urls.redis);
  let differing = 0;
  try {
    const commits: Recorded[] = [];
    for await (const recorded of log.read(subjectOf('default', 'ledger'), null)) commits.push(recorded);
    const audit = auditLedger(commits);
    say(
      `The ledger's ${audit.commits} commits, folded by an independent audit: ${audit.reservations} reservations, ${audit.open} open, ${audit.breaks.length} broken rules.`,
    );
    const all = projections({ store, log, contents: log.contents, counters });
    const rows: string[][] = [];
    for (const name of [
      ...projectors.map((one) => one.name),
      ...(urls.redis === undefined ? [] : ['counters']),
    ]) {
      const { events, seconds, differences } = await all.rebuild(name);
      differing += differences?.length ?? 0;
      rows.push([
        name,
        String(events),
        `${seconds.toFixed(2)} s`,
        differences?.length ? `${differences.length} tables differ` : 'nothing differs',
      ]);
    }
    say(table(['read model', 'events', 'rebuilt in', 'beside the live one'], rows));
    return differing + audit.breaks.length;
  } finally {
    await log.close();
    await store.close();
    await counters.close();
  }
}

let exitCode = 1;
try {
  await session();
  await books();
  exitCode = (await proof()) === 0 ? 0 : 1;
} finally {
  await daybook.stop();
  await provider?.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(exitCode);

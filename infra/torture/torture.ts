/**
 * `npm run torture`: a whole Daybook under load while its processes and servers are killed with SIGKILL at random
 * moments, round after round; afterwards every book is compared with what callers were told.
 * `-- --rounds 50 --minutes 10 --seed 7`
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Agent, request } from 'undici';
import { startUpstream } from '../bench/upstream.ts';
import { startDaybook } from '../launcher/index.ts';
import { freePort } from '../servers/index.ts';
import { guardChildren } from '../testing/guardian.ts';
import { findings, type Told } from './findings.ts';
import { randomOf } from './random.ts';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '50' },
    minutes: { type: 'string', default: '12' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    callers: { type: 'string', default: '16' },
  },
});
const rounds = Number(flags.rounds);
const deadline = performance.now() + Number(flags.minutes) * 60_000;
const adminKey = 'torture-admin-key-0123456789';

const random = randomOf(Number(flags.seed));
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

guardChildren();
const folder = mkdtempSync(join(tmpdir(), 'daybook-torture-'));
chmodSync(folder, 0o755);
const upstream = await startUpstream();
const config = join(folder, 'daybook.yaml');
// Calls are short, so that what a killed gateway had reserved expires within the run.
writeFileSync(
  config,
  [
    'providers:',
    `  - { id: bench, kind: openai-compatible, baseUrl: "${upstream.url}" }`,
    'models:',
    '  - { name: bench, provider: bench, price: { input: "2.5", output: "10" } }',
    'limits: { callMs: 3000, rates: { management: { user: { requestsPerMinute: null } } } }',
    '',
  ].join('\n'),
);
const daybook = await startDaybook({
  variables: {
    PATH: process.env['PATH'],
    DAYBOOK_DATA_DIR: join(folder, 'data'),
    DAYBOOK_CONFIG: config,
    // Fixed, so that a gateway that starts again is found where it was.
    DAYBOOK_PORT: String(await freePort()),
    DAYBOOK_ADMIN_KEY: adminKey,
    DAYBOOK_LOG_LEVEL: 'fatal',
  },
  cwd: folder,
  onChange: () => {},
});
const authorization = `Bearer ${adminKey}`;
const agent = new Agent({ connections: 64, keepAliveTimeout: 1_000 });
const told: Told[] = [];
let refused = 0;
let failed = 0;
let stopped = false;

async function caller(index: number): Promise<void> {
  while (!stopped) {
    try {
      const { statusCode, headers, body } = await request(`${daybook.url}/v1/chat/completions`, {
        method: 'POST',
        dispatcher: agent,
        headers: { authorization, 'content-type': 'application/json', 'daybook-user': `user-${index % 5}` },
        body: JSON.stringify({
          model: 'bench/bench',
          max_tokens: 64,
          messages: [{ role: 'user', content: `call ${told.length}` }],
        }),
        headersTimeout: 10_000,
        bodyTimeout: 10_000,
      });
      await body.dump();
      if (statusCode === 200) {
        told.push({
          invocation: String(headers['daybook-invocation-id']),
          costUsd: String(headers['daybook-cost-usd']),
        });
      } else {
        refused++;
        await pause(30);
      }
    } catch {
      failed++;
      await pause(30);
    }
  }
}

async function api<Body>(path: string, body?: unknown): Promise<Body> {
  const response = await fetch(`${daybook.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Body;
}

let exitCode = 1;
try {
  // A hard budget that the load reaches in the end: the limit, too, is under attack.
  await api('/api/v1/budgets', { scope: 'tenant', period: 'total', limitUsd: '20', mode: 'hard' });
  await api('/api/v1/budgets', {
    scope: 'user',
    id: 'user-0',
    period: 'total',
    limitUsd: '0.5',
    mode: 'hard',
  });
  console.log(`seed ${flags.seed}, ${rounds} rounds, ${flags.callers} callers, at ${daybook.url}`);
  const callers = Array.from({ length: Number(flags.callers) }, (_, index) => caller(index));
  const names = ['gateway', 'worker', 'nats-server', 'postgres', 'redis-server'];
  const kills: Record<string, number> = {};
  let round = 0;
  for (; round < rounds && performance.now() < deadline; round++) {
    await pause(300 + random() * 1_500);
    const name = names[Math.floor(random() * names.length)] ?? 'gateway';
    const pid = daybook.processes().get(name);
    if (pid === undefined) continue;
    try {
      process.kill(pid, 'SIGKILL');
      kills[name] = (kills[name] ?? 0) + 1;
    } catch {
      // It was about to be started again.
    }
    if (process.stdout.isTTY)
      process.stdout.write(
        `\rround ${round + 1}: killed ${name.padEnd(14)} ${told.length} answered, ${refused} refused, ${failed} broken off `,
      );
  }
  stopped = true;
  await Promise.all(callers);
  console.log(
    `\n${round} rounds: ${JSON.stringify(kills)}; ${told.length} calls answered, ${refused} refused, ${failed} broken off.`,
  );
  console.log('Waiting until what was reserved and never completed has expired and is settled …');
  const problems = await findings({ daybook, told, api });
  for (const problem of problems) console.error(`  ${problem}`);
  console.log(
    problems.length === 0
      ? 'Nothing acknowledged was lost, nothing was spent twice, every reservation ended, every read model equals its rebuild.'
      : `${problems.length} findings; the seed was ${flags.seed}.`,
  );
  exitCode = problems.length === 0 && round > 0 ? 0 : 1;
} finally {
  stopped = true;
  await daybook.stop();
  upstream.stop();
  await agent.destroy();
  if (exitCode === 0) rmSync(folder, { recursive: true, force: true });
  else console.error(`The data is kept in ${folder}.`);
}
process.exit(exitCode);

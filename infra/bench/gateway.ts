import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Daybook, startDaybook } from '../launcher/index.ts';
import { freePort } from '../servers/index.ts';
import { cpuOf, cpuPerCall } from './cpu.ts';
import { bodyOf, load, oneCaller, type Target } from './load.ts';
import { installPeers, peersFolder } from './peers.ts';
import { type BenchResult, type BenchRow, percentiles } from './result.ts';
import { startUpstream } from './upstream.ts';

/** Until the compilers are done: Node's reach their best code only after tens of thousands of calls. */
const warmSeconds = 15;

const adminKey = 'benchmark-admin-key-0123456789';

/** Portkey's gateway, from npm, as its documentation starts it. */
async function startPortkey(port: number): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [
      join(peersFolder, 'node_modules/@portkey-ai/gateway/build/start-server.js'),
      `--port=${port}`,
      '--headless',
    ],
    {
      stdio: 'ignore',
      env: { ...process.env, NODE_ENV: 'production' },
    },
  );
  for (let tries = 0; tries < 200; tries++) {
    try {
      await fetch(`http://127.0.0.1:${port}/`);
      return child;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  child.kill();
  throw new Error("Portkey's gateway did not start");
}

async function startMeasured(folder: string, upstream: string): Promise<Daybook> {
  const config = join(folder, 'daybook.yaml');
  writeFileSync(
    config,
    [
      'providers:',
      `  - { id: bench, kind: openai-compatible, baseUrl: "${upstream}" }`,
      'models:',
      '  - { name: bench, provider: bench, price: { input: "2.5", output: "10" } }',
      'limits: { rates: { management: { user: { requestsPerMinute: null } } } }',
      '',
    ].join('\n'),
  );
  return startDaybook({
    variables: {
      PATH: process.env['PATH'],
      DAYBOOK_DATA_DIR: join(folder, 'data'),
      DAYBOOK_CONFIG: config,
      DAYBOOK_PORT: String(await freePort()),
      DAYBOOK_ADMIN_KEY: adminKey,
    },
    cwd: folder,
    onChange: (what) => console.error(`daybook: ${what}`),
  });
}

/** Ms after the load until every projection has reached the log's end. */
async function lagAfter(url: string): Promise<number> {
  const start = performance.now();
  for (;;) {
    const response = await fetch(`${url}/api/v1/projections`, {
      headers: { authorization: `Bearer ${adminKey}` },
    });
    const { data } = (await response.json()) as { data: { lagCommits: number }[] };
    if (data.length > 0 && data.every((one) => one.lagCommits === 0)) return performance.now() - start;
    if (performance.now() - start > 120_000) return Number.POSITIVE_INFINITY;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export interface GatewayBenchOptions {
  /** Seconds of load a target. Default 8. */
  readonly seconds?: number;
  /** Calls of the single caller a target. Default 2000. */
  readonly calls?: number;
}

/** Daybook with everything on, beside Portkey's gateway (which records nothing) and the bare upstream. */
export async function benchGateway({
  seconds = 8,
  calls = 2_000,
}: GatewayBenchOptions = {}): Promise<BenchResult> {
  installPeers();
  const folder = mkdtempSync(join(tmpdir(), 'daybook-bench-'));
  const upstream = await startUpstream();
  const portkeyPort = await freePort();
  const portkey = await startPortkey(portkeyPort);
  let daybook: Daybook | undefined;
  try {
    daybook = await startMeasured(folder, upstream.url);
    const url = daybook.url as string;
    const authorization = { authorization: `Bearer ${adminKey}` };
    for (const [scope, id] of [
      ['tenant', undefined],
      ['user', 'bench-user'],
    ] as const) {
      await fetch(`${url}/api/v1/budgets`, {
        method: 'POST',
        headers: { ...authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ scope, id, period: 'monthly', limitUsd: '1000000', mode: 'hard' }),
      });
    }
    const targets = {
      direct: { label: 'the upstream itself', url: `${upstream.url}/chat/completions`, headers: {} },
      portkey: {
        label: "Portkey's gateway (records nothing)",
        url: `http://127.0.0.1:${portkeyPort}/v1/chat/completions`,
        headers: {
          authorization: 'Bearer none',
          'x-portkey-provider': 'openai',
          'x-portkey-custom-host': upstream.url,
        },
      },
      daybook: {
        label: 'Daybook',
        url: `${url}/v1/chat/completions`,
        headers: { ...authorization, 'daybook-user': 'bench-user' },
      },
    } satisfies Record<string, Target>;
    const whole = (target: Target) => bodyOf(target === targets.daybook ? 'bench/bench' : 'bench', false);
    const streamed = (target: Target) => bodyOf(target === targets.daybook ? 'bench/bench' : 'bench', true);

    for (const target of Object.values(targets)) await load(target, whole(target), 32, warmSeconds);

    const rows: BenchRow[] = [];
    const rates: Record<string, number> = {};
    let lagMs = 0;
    for (const [name, target] of Object.entries(targets)) {
      const parts = name === 'daybook' ? daybook.processes() : new Map([[name, portkey.pid ?? 0]]);
      const before = cpuOf(parts);
      const { rate, p50, p975, p99, calls: answered } = await load(target, whole(target), 32, seconds);
      // What is done for those calls after their answers counts as well.
      if (name === 'daybook') lagMs = await lagAfter(url);
      const cpu = cpuPerCall(before, cpuOf(parts), answered);
      rates[name] = rate;
      rows.push({
        label: `${target.label}, 32 callers`,
        unit: 'calls/s',
        value: Math.round(rate),
        p50,

        p99,
        note: `p97.5 ${p975} ms`,
      });
      if (name !== 'direct' && cpu.size > 0) rows.push(cpuRow(target.label, cpu));
    }
    rows.push({
      label: 'Daybook, projections caught up after the load',
      unit: 'ms',
      value: Math.round(lagMs),
    });

    const singles: Record<string, { p50: number; p95: number }> = {};
    const firsts: Record<string, { p50: number; p95: number }> = {};
    for (const [name, target] of Object.entries(targets)) {
      await oneCaller(target, whole(target), 200);
      const one = percentiles((await oneCaller(target, whole(target), calls)).whole);
      singles[name] = one;
      rows.push({ label: `${target.label}, 1 caller`, unit: 'ms', value: one.p50, ...one });
      const first = await firstChunk(target, streamed(target), calls / 2);
      if (first) {
        firsts[name] = first;
        rows.push({
          label: `${target.label}, 1 caller, first streamed chunk`,
          unit: 'ms',
          value: first.p50,
          ...first,
        });
      } else {
        rows.push({
          label: `${target.label}, 1 caller, first streamed chunk`,
          unit: 'ms',
          value: 0,
          note: 'answers no stream here',
        });
      }
    }
    return { name: 'gateway', rows, bars: barsOf(rates, lagMs, singles, firsts) };
  } finally {
    portkey.kill();
    upstream.stop();
    await daybook?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a call costs all processes of a target, in ms of processor time. */
function cpuRow(label: string, cpu: ReadonlyMap<string, number>): BenchRow {
  const sum = [...cpu.values()].reduce((total, ms) => total + ms, 0);
  const parts = [...cpu].map(([part, ms]) => `${part} ${ms.toFixed(3)}`);
  return {
    label: `${label}, processor time a call`,
    unit: 'ms',
    value: Math.round(sum * 1000) / 1000,
    ...(parts.length > 1 ? { note: parts.join(', ') } : {}),
  };
}

/** Undefined where the target does not stream. */
async function firstChunk(
  target: Target,
  body: string,
  calls: number,
): Promise<{ p50: number; p95: number } | undefined> {
  try {
    await oneCaller(target, body, 100);
  } catch (error) {
    console.error(String(error));
    return undefined;
  }
  return percentiles((await oneCaller(target, body, calls)).first);
}

type Spread = Readonly<Record<string, { p50: number; p95: number }>>;

function barsOf(
  rates: Readonly<Record<string, number>>,
  lagMs: number,
  singles: Spread,
  firsts: Spread,
): BenchResult['bars'] {
  const ratio = (rates['daybook'] ?? 0) / (rates['portkey'] ?? 1);
  const added = (spread: Spread, name: string, at: 'p50' | 'p95') =>
    (spread[name]?.[at] ?? 0) - (spread['direct']?.[at] ?? 0);
  const compare = (spread: Spread, at: 'p50' | 'p95') =>
    `${added(spread, 'daybook', at).toFixed(2)} ms beside ${added(spread, 'portkey', at).toFixed(2)} ms`;
  return [
    {
      text: "32 callers: at least 3 × the calls/s of Portkey's gateway, projections less than 2 s behind at the end",
      met: ratio >= 3 && lagMs < 2_000,
      measured: `${ratio.toFixed(2)} ×, ${Math.round(lagMs)} ms behind`,
    },
    {
      text: "1 caller: added latency no more than Portkey's gateway's",
      met: added(singles, 'daybook', 'p50') <= added(singles, 'portkey', 'p50'),
      measured: `p50 ${compare(singles, 'p50')}`,
    },
    {
      text: "1 caller: first streamed chunk no later than Portkey's gateway's",
      met:
        firsts['portkey'] !== undefined &&
        added(firsts, 'daybook', 'p50') <= added(firsts, 'portkey', 'p50') &&
        added(firsts, 'daybook', 'p95') <= added(firsts, 'portkey', 'p95'),
      measured: firsts['portkey']
        ? `p50 ${compare(firsts, 'p50')}, p95 ${compare(firsts, 'p95')}`
        : `added ${added(firsts, 'daybook', 'p50').toFixed(2)} ms at p50, ${added(firsts, 'daybook', 'p95').toFixed(2)} ms at p95; the peer answers no stream here`,
    },
  ];
}

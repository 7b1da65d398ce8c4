import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Daybook, startDaybook } from '../launcher/index.ts';
import { freePort } from '../servers/index.ts';
import { cpuOf, cpuPerCall } from './cpu.ts';
import { bodyOf, type Loaded, load, oneCaller, type Target } from './load.ts';
import { installPeers } from './peers.ts';
import { portkeyNode, startPortkey } from './portkey.ts';
import { type BenchResult, type BenchRow, percentiles } from './result.ts';
import { startUpstream } from './upstream.ts';

/** Until the compilers are done: Node's reach their best code only after tens of thousands of calls. */
const warmSeconds = 15;
/**
 * Of each turn, before it is measured: after the others' turns a gateway finds its connections closed and its code cold,
 * which costs the peer on Node 20 half of its first second.
 */
const turnWarmSeconds = 3;

const ownNode = `Node ${process.versions.node.split('.')[0]}`;

const adminKey = 'benchmark-admin-key-0123456789';
const authorization = { authorization: `Bearer ${adminKey}` };

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
  const daybook = await startDaybook({
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
  for (const [scope, id] of [
    ['tenant', undefined],
    ['user', 'bench-user'],
  ] as const) {
    await fetch(`${daybook.url}/api/v1/budgets`, {
      method: 'POST',
      headers: { ...authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ scope, id, period: 'monthly', limitUsd: '1000000', mode: 'hard' }),
    });
  }
  return daybook;
}

/** Ms after the load until every projection has reached the log's end. */
async function lagAfter(url: string): Promise<number> {
  const start = performance.now();
  for (;;) {
    const response = await fetch(`${url}/api/v1/projections`, { headers: authorization });
    const { data } = (await response.json()) as { data: { lagCommits: number }[] };
    if (data.length > 0 && data.every((one) => one.lagCommits === 0)) return performance.now() - start;
    if (performance.now() - start > 120_000) return Number.POSITIVE_INFINITY;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export interface GatewayBenchOptions {
  /** Seconds of load a target and round. Default 6. */
  readonly seconds?: number;
  /** Rounds in which each target has its turn, whole and streamed; the median counts. Default 5. */
  readonly rounds?: number;
  /** Calls of the single caller a target and round. Default 500. */
  readonly calls?: number;
}

interface Measured {
  readonly target: Target;
  readonly model: string;
  /** Its processes, by name; of the upstream none, since nothing is compared with its time. */
  readonly processes: () => ReadonlyMap<string, number>;
  /** Waits for what is still done for calls that were answered; how long that took, in ms. */
  readonly settled?: () => Promise<number>;
}

const kinds = ['whole', 'streamed'] as const;
type Kind = (typeof kinds)[number];

/** What the rounds of one target came to. */
interface Rounds {
  readonly loads: Record<Kind, Loaded[]>;
  /** Processor time a call, in ms, of each part in each round of whole answers. */
  readonly cpu: Map<string, number>[];
  lagMs: number;
}

type Spread = Readonly<Record<string, { p50: number; p95: number; p99: number }>>;

/**
 * Daybook with everything on, beside Portkey's gateway (which records nothing) and the bare upstream. The targets take
 * turns: the speed of a machine that is shared drifts within minutes by more than what is compared.
 */
export async function benchGateway({
  seconds = 6,
  rounds = 5,
  calls = 500,
}: GatewayBenchOptions = {}): Promise<BenchResult> {
  installPeers();
  const folder = mkdtempSync(join(tmpdir(), 'daybook-bench-'));
  // Postgres runs as another account than root.
  chmodSync(folder, 0o755);
  const upstream = await startUpstream();
  const stops: (() => Promise<void> | void)[] = [() => upstream.stop()];
  try {
    const shipped = await startPortkey(upstream.url, portkeyNode, 'Node 20, as its image runs it');
    stops.push(() => shipped.stop());
    const newest = await startPortkey(upstream.url, process.execPath, ownNode);
    stops.push(() => newest.stop());
    const daybook = await startMeasured(folder, upstream.url);
    stops.push(() => daybook.stop());
    const url = daybook.url as string;
    const targets: Record<string, Measured> = {
      direct: {
        target: { label: 'the upstream itself', url: `${upstream.url}/chat/completions`, headers: {} },
        model: 'bench',
        processes: () => new Map(),
      },
      shipped: {
        target: shipped.target,
        model: 'bench',
        processes: () => new Map([['portkey', shipped.pid]]),
      },
      newest: { target: newest.target, model: 'bench', processes: () => new Map([['portkey', newest.pid]]) },
      daybook: {
        target: {
          label: 'Daybook',
          url: `${url}/v1/chat/completions`,
          headers: { ...authorization, 'daybook-user': 'bench-user' },
        },
        model: 'bench/bench',
        processes: () => daybook.processes(),
        settled: () => lagAfter(url),
      },
    };
    const results = await inTurns(targets, rounds, seconds);
    const { wholes, firsts } = await oneByOne(targets, rounds, calls);
    return {
      name: 'gateway',
      rows: rowsOf(targets, results, wholes, firsts),
      bars: barsOf(results, wholes, firsts),
    };
  } finally {
    for (const stop of stops.reverse()) await stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function inTurns(
  targets: Readonly<Record<string, Measured>>,
  rounds: number,
  seconds: number,
): Promise<Record<string, Rounds>> {
  const results: Record<string, Rounds> = {};
  for (const [name, { target, model }] of Object.entries(targets)) {
    results[name] = { loads: { whole: [], streamed: [] }, cpu: [], lagMs: 0 };
    await load(target, bodyOf(model, false), 32, warmSeconds);
    await load(target, bodyOf(model, true), 32, warmSeconds / 3);
  }
  for (let round = 0; round < rounds; round++) {
    for (const kind of kinds) {
      for (const [name, { target, model, processes, settled }] of Object.entries(targets)) {
        const result = results[name] as Rounds;
        const body = bodyOf(model, kind === 'streamed');
        await load(target, body, 32, turnWarmSeconds);
        await settled?.();
        const before = cpuOf(processes());
        const loaded = await load(target, body, 32, seconds);
        result.loads[kind].push(loaded);
        // What is done for those calls after their answers counts as well.
        result.lagMs = Math.max(result.lagMs, (await settled?.()) ?? 0);
        if (kind === 'whole') result.cpu.push(cpuPerCall(before, cpuOf(processes()), loaded.calls));
      }
    }
  }
  return results;
}

/** One caller, also by turns: milliseconds to the whole answer and to the first chunk of a streamed one. */
async function oneByOne(targets: Readonly<Record<string, Measured>>, rounds: number, calls: number) {
  const samples = Object.entries(targets).map(([name, measured]) => ({
    name,
    ...measured,
    whole: [] as number[],
    first: [] as number[],
  }));
  for (let round = 0; round < rounds; round++) {
    for (const { target, model, whole, first } of samples) {
      await oneCaller(target, bodyOf(model, false), 100);
      whole.push(...(await oneCaller(target, bodyOf(model, false), calls)).whole);
      await oneCaller(target, bodyOf(model, true), 50);
      first.push(...(await oneCaller(target, bodyOf(model, true), calls / 2)).first);
    }
  }
  return {
    wholes: Object.fromEntries(samples.map(({ name, whole }) => [name, percentiles(whole)])),
    firsts: Object.fromEntries(samples.map(({ name, first }) => [name, percentiles(first)])),
  };
}

const median = (values: readonly number[]): number => percentiles(values).p50;

const rangeOf = (values: readonly number[]): string =>
  `${Math.round(Math.min(...values)).toLocaleString('en')} to ${Math.round(Math.max(...values)).toLocaleString('en')}`;

function rowsOf(
  targets: Readonly<Record<string, Measured>>,
  results: Readonly<Record<string, Rounds>>,
  wholes: Spread,
  firsts: Spread,
): BenchRow[] {
  const rows: BenchRow[] = [];
  for (const [name, { target }] of Object.entries(targets)) {
    const { label } = target;
    const { loads, cpu, lagMs } = results[name] as Rounds;
    for (const kind of kinds) {
      const all = loads[kind];
      rows.push({
        label: `${label}, 32 callers${kind === 'streamed' ? ', streamed' : ''}`,
        unit: 'calls/s',
        value: Math.round(median(all.map(({ rate }) => rate))),
        p50: median(all.map(({ p50 }) => p50)),
        p95: median(all.map(({ p95 }) => p95)),
        p99: median(all.map(({ p99 }) => p99)),
        note: `${rangeOf(all.map(({ rate }) => rate))} in ${all.length} rounds`,
      });
    }
    const parts = [...(cpu[0]?.keys() ?? [])].map(
      (part) => [part, median(cpu.map((one) => one.get(part) ?? 0))] as const,
    );
    if (parts.length > 0) rows.push(cpuRow(label, parts));
    if (name === 'daybook') {
      const value = Math.round(lagMs);
      rows.push({ label: `${label}, projections caught up, at worst, after a load`, unit: 'ms', value });
    }
    const one = wholes[name];
    if (one) rows.push({ label: `${label}, 1 caller`, unit: 'ms', value: one.p50, ...one });
    const first = firsts[name];
    if (first)
      rows.push({
        label: `${label}, 1 caller, first streamed chunk`,
        unit: 'ms',
        value: first.p50,
        ...first,
      });
  }
  return rows;
}

/** What a call costs all processes of a target, in ms of processor time. */
function cpuRow(label: string, parts: readonly (readonly [string, number])[]): BenchRow {
  const sum = parts.reduce((total, [, ms]) => total + ms, 0);
  return {
    label: `${label}, processor time a call`,
    unit: 'ms',
    value: Math.round(sum * 1000) / 1000,
    ...(parts.length > 1 ? { note: parts.map(([part, ms]) => `${part} ${ms.toFixed(3)}`).join(', ') } : {}),
  };
}

function barsOf(
  results: Readonly<Record<string, Rounds>>,
  wholes: Spread,
  firsts: Spread,
): BenchResult['bars'] {
  const rate = (name: string, kind: Kind) => median(results[name]?.loads[kind].map((one) => one.rate) ?? []);
  const ratio = (peer: string, kind: Kind) => rate('daybook', kind) / rate(peer, kind);
  const lagMs = results['daybook']?.lagMs ?? Number.POSITIVE_INFINITY;
  const added = (spread: Spread, name: string, at: 'p50' | 'p95') =>
    (spread[name]?.[at] ?? Number.NaN) - (spread['direct']?.[at] ?? 0);
  const compare = (spread: Spread, at: 'p50' | 'p95') =>
    `${at} ${added(spread, 'daybook', at).toFixed(2)} ms beside ${added(spread, 'shipped', at).toFixed(2)} ms (on ${ownNode}: ${added(spread, 'newest', at).toFixed(2)} ms)`;
  const noLater = (spread: Spread, at: 'p50' | 'p95') =>
    added(spread, 'daybook', at) <= added(spread, 'shipped', at);
  const times = (kind: Kind) =>
    `${ratio('shipped', kind).toFixed(2)} × (on ${ownNode}: ${ratio('newest', kind).toFixed(2)} ×)`;
  return [
    {
      text: "32 callers: at least 3 × the calls/s of Portkey's gateway, projections less than 2 s behind at the end",
      met: ratio('shipped', 'whole') >= 3 && lagMs < 2_000,
      measured: `${times('whole')}, ${Math.round(lagMs)} ms behind`,
    },
    {
      text: "32 callers, streamed: at least 3 × the calls/s of Portkey's gateway",
      met: ratio('shipped', 'streamed') >= 3,
      measured: times('streamed'),
    },
    {
      text: "1 caller: added latency no more than Portkey's gateway's",
      met: noLater(wholes, 'p50'),
      measured: compare(wholes, 'p50'),
    },
    {
      text: "1 caller: first streamed chunk no later than Portkey's gateway's",
      met: noLater(firsts, 'p50') && noLater(firsts, 'p95'),
      measured: `${compare(firsts, 'p50')}, ${compare(firsts, 'p95')}`,
    },
  ];
}

import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { connect, nuid } from 'nats';
import {
  type Commit,
  type EventLog,
  encodeCommit,
  subjectOf,
  uuidv7,
} from '../../bounded-contexts/kernel/index.ts';
import { openJetStreamLog, openPostgresLog } from '../event-log/index.ts';
import { startNats, startPostgres } from '../servers/index.ts';
import { peersFolder } from './peers.ts';
import { type BenchResult, type BenchRow, percentiles } from './result.ts';

export interface AppendBenchOptions {
  /** Length of each measurement. Default 2. */
  readonly seconds?: number;
  /** How often each is measured, in turns. Default 5. */
  readonly repetitions?: number;
  /** A nats-server; default the one on PATH. */
  readonly binary?: string;
  /** A newer one, which knows `sync_interval: always`; without it that setting is not measured. */
  readonly newBinary?: string;
}

/** Appends in flight at a time. */
const window = 256;

const subject = subjectOf('bench', 'invocations');

/** What a recorded model call looks like: some 900 bytes of JSON. */
const commit = (): Commit => ({
  id: uuidv7(),
  at: Date.now(),
  actor: 'gateway:bench',
  events: [
    {
      type: 'invocation.completed',
      data: {
        invocation: 'i0000000001',
        trace: 't0000000001',
        key: 'k0000000001',
        user: 'u0000000001',
        requestedModel: 'auto',
        streamed: false,
        private: false,
        tier: 1,
        provider: 'openai',
        model: 'gpt-4o-mini',
        outcome: 'ok',
        input: 412,
        output: 96,
        cached: 0,
        reasoning: 0,
        cost: '119400',
        priceVersion: 'a1b2c3d4',
        latencyMs: 812.4,
        ttftMs: 214.7,
        attempts: [
          {
            provider: 'openai',
            model: 'gpt-4o-mini',
            tier: 1,
            startedMs: 0.4,
            ms: 811.2,
            outcome: 'ok',
            input: 412,
            output: 96,
            cost: '119400',
            usage: 'provider',
          },
        ],
        reserved: '245000',
        scopes: ['tenant', 'user:u0000000001', 'key:k0000000001'],
        day: '2026-11-21',
        dataSubject: 'u0000000001',
        prompt: 'c0000000001',
        answer: 'c0000000002',
      },
    },
  ],
});

interface Contender {
  readonly label: string;
  readonly note?: string;
  readonly append: () => Promise<unknown>;
}

/** `window` callers in a loop, each contender in its turn, so that a noisy neighbour meets all of them. */
async function inTurns(
  contenders: readonly Contender[],
  seconds: number,
  repetitions: number,
): Promise<BenchRow[]> {
  const rates = contenders.map((): number[] => []);
  const samples = contenders.map((): number[] => []);
  for (let repetition = -1; repetition < repetitions; repetition++) {
    for (const [index, { append }] of contenders.entries()) {
      const length = repetition < 0 ? 0.5 : seconds;
      const begun = performance.now();
      const end = begun + length * 1000;
      let done = 0;
      const caller = async () => {
        for (;;) {
          const start = performance.now();
          if (start >= end) return;
          await append();
          done++;
          // One in eight is enough for percentiles, and takes no share of the processor.
          if (repetition >= 0 && (done & 7) === 0) samples[index]?.push(performance.now() - start);
        }
      };
      await Promise.all(Array.from({ length: window }, caller));
      // The first turn warms up.
      if (repetition >= 0) rates[index]?.push((done / (performance.now() - begun)) * 1000);
    }
  }
  return contenders.map(({ label, note }, index) => ({
    label,
    unit: 'commits/s',
    value: Math.round(median(rates[index] ?? [])),
    ...percentiles(samples[index] ?? []),
    ...(note === undefined ? {} : { note }),
  }));
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

const ours = (label: string, log: EventLog, note: string): Contender => ({
  label,
  note,
  append: () => log.append(subject, commit(), 'any'),
});

async function onJetStream(
  what: string,
  options: Required<Pick<AppendBenchOptions, 'seconds' | 'repetitions'>> & { binary?: string; sync?: string },
): Promise<{ rows: BenchRow[]; ratio: number }> {
  const { seconds, repetitions, binary, sync } = options;
  const dir = mkdtempSync(join(tmpdir(), 'daybook-bench-'));
  const server = await startNats({ dir, ...(binary ? { binary } : {}), ...(sync ? { sync } : {}) });
  try {
    const log = await openJetStreamLog({ url: server.url });
    // Without traces it is fastest, and that is what we are measured against.
    const connection = await connect({ servers: server.url, noAsyncTraces: true });
    try {
      const manager = await connection.jetstreamManager();
      await manager.streams.add({ name: 'RAW', subjects: ['raw'] });
      const raw = connection.jetstream();
      const body = encodeCommit(commit());
      const at = `${what}, nats-server ${server.version}`;
      const rows = await inTurns(
        [
          ours(`Daybook, ${at}`, log, 'encoded, hashed for dedupe, acknowledged'),
          {
            label: `bare NATS client, ${at}`,
            note: 'the same bytes, no header',
            append: () => raw.publish('raw', body),
          },
          {
            label: `bare NATS client with message ids, ${at}`,
            note: 'the same bytes, deduplicated as ours',
            append: () => raw.publish('raw', body, { msgID: nuid.next() }),
          },
        ],
        seconds,
        repetitions,
      );
      return { rows, ratio: (rows[0]?.value ?? 0) / (rows[1]?.value ?? 1) };
    } finally {
      await connection.close();
      await log.close();
    }
  } finally {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** What we use of Emmett. */
interface Emmett {
  getPostgreSQLEventStore(url: string): {
    appendToStream(stream: string, events: readonly { type: string; data: unknown }[]): Promise<unknown>;
    close(): Promise<void>;
  };
}

async function onPostgres(seconds: number, repetitions: number): Promise<BenchRow[]> {
  const dir = mkdtempSync(join(tmpdir(), 'daybook-bench-'));
  // Open to the account that Postgres runs under where we are root.
  chmodSync(dir, 0o755);
  const server = await startPostgres({ dir });
  try {
    const log = await openPostgresLog({ url: server.url });
    const at = `Postgres ${server.version}, fsync`;
    const contenders = [ours(`Daybook, embedded log, ${at}`, log, 'one writer, groups share an fsync')];
    const entry = join(peersFolder, 'node_modules/@event-driven-io/emmett-postgresql/dist/index.js');
    let store: ReturnType<Emmett['getPostgreSQLEventStore']> | undefined;
    if (existsSync(entry)) {
      const emmett: Emmett = await import(pathToFileURL(entry).href);
      store = emmett.getPostgreSQLEventStore(server.url);
      const own = store;
      let next = 0;
      contenders.push({
        label: `Emmett 0.42.0, ${at}`,
        note: 'one event an append, 256 streams',
        append: () => own.appendToStream(`invocations-${next++ % window}`, commit().events),
      });
    }
    try {
      return await inTurns(contenders, seconds, repetitions);
    } finally {
      await store?.close();
      await log.close();
    }
  } finally {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Our append beside the bare NATS client on the same server, and beside Emmett on the same Postgres. */
export async function benchAppend(options: AppendBenchOptions = {}): Promise<BenchResult> {
  const { seconds = 2, repetitions = 5, binary, newBinary } = options;
  const turns = { seconds, repetitions };
  const servers = [await onJetStream('default sync', { ...turns, ...(binary ? { binary } : {}) })];
  if (newBinary) {
    servers.push(await onJetStream('default sync', { ...turns, binary: newBinary }));
    servers.push(await onJetStream('sync always', { ...turns, binary: newBinary, sync: 'always' }));
  }
  const postgres = await onPostgres(seconds, repetitions);
  const worst = Math.min(...servers.map(({ ratio }) => ratio));
  return {
    name: 'append',
    rows: [...servers.flatMap(({ rows }) => rows), ...postgres],
    bars: [
      {
        text: 'append, window of 256: at least 80 % of the bare client’s publish rate on the same server',
        met: worst >= 0.8,
        measured: `${servers.map(({ ratio }) => `${Math.round(ratio * 100)} %`).join(', ')}`,
      },
    ],
  };
}

import { type AppendFault, simulatedServer } from '../../../infra/event-log/index.ts';
import type { Nano } from '../../kernel/index.ts';
import { createLedgers, type Ledgers } from '../ledgers.ts';
import type { LedgerChannel, LedgerSnapshot, SnapshotStore } from '../ports.ts';

/**
 * An installation that fails as it is told: several writers on one simulated log, a channel that loses
 * answers, snapshots, and a clock that only the test moves. For the property tests of the ledger.
 */
export interface World {
  readonly server: ReturnType<typeof simulatedServer>;
  readonly snapshots: LedgerSnapshot[];
  now(): number;
  advance(ms: number): void;
  writer(index: number): Ledgers;
  /** The process is gone: what it has in flight may still reach the log; another takes its place. */
  crash(index: number): void;
  /** No more faults from here on; resolves once no writer, gone ones included, has anything under way. */
  calm(): Promise<void>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly writers: number;
  readonly channel: boolean;
  /** Drawn from in turn, over and over; an empty list means no faults. */
  readonly faults: readonly (AppendFault | undefined)[];
  readonly readFaults: readonly ('timeout' | 'unavailable' | undefined)[];
  /** Whether an answer of the channel gets lost, in turn. */
  readonly lostAnswers: readonly boolean[];
  /** Turns of the event loop that each message takes, in turn. */
  readonly delays: readonly number[];
}

function inTurn<T>(list: readonly T[]): () => T | undefined {
  let index = 0;
  return () => (list.length === 0 ? undefined : list[index++ % list.length]);
}

export const tenant = 't1';

export function world(options: WorldOptions): World {
  const server = simulatedServer();
  // Half an hour before a day, a week, a month and a year end in UTC.
  let time = Date.parse('2028-12-31T23:30:00Z');
  const snapshots: LedgerSnapshot[] = [];
  const store: SnapshotStore = {
    load: async () => snapshots.at(-1) ?? null,
    save: async (snapshot) => void snapshots.push(snapshot),
  };
  let calm = false;
  const fault = inTurn(options.faults);
  const readFault = inTurn(options.readFaults);
  const lost = inTurn(options.lostAnswers);
  const delay = inTurn(options.delays);
  const turns = async () => {
    for (let left = delay() ?? 0; left > 0; left--) await new Promise((resolve) => setImmediate(resolve));
  };

  const listeners = new Map<string, (body: string) => Promise<string>>();
  const channel: LedgerChannel = {
    async serve(writerId, answer) {
      listeners.set(writerId, answer);
      return async () => void listeners.delete(writerId);
    },
    async request(writerId, body, timeoutMs) {
      const listener = listeners.get(writerId);
      if (!listener) return null;
      await turns();
      const silence = new Promise<null>((resolve) => setTimeout(() => resolve(null), timeoutMs));
      const reply = await Promise.race([listener(body), silence]);
      await turns();
      return !calm && lost() ? null : reply;
    },
  };

  let started = 0;
  const ids: string[] = [];
  const start = (index: number): Ledgers => {
    // Other ids, so that a successor is never taken for the one before it.
    const writerId = `gateway:${index}-${started++}`;
    ids[index] = writerId;
    return createLedgers({
      log: server.connect({
        onAppend: () => (calm ? undefined : fault()),
        onRead: () => (calm ? undefined : readFault()),
        schedule: turns,
      }),
      clock: () => time,
      writerId,
      channel: options.channel ? channel : null,
      snapshots: store,
      snapshotEvery: 3,
      silenceMs: 40,
    });
  };
  const writers = Array.from({ length: options.writers }, (_, index) => start(index));
  const gone: Ledgers[] = [];

  return {
    server,
    snapshots,
    now: () => time,
    advance: (ms) => {
      time += ms;
    },
    writer: (index) => writers[index % writers.length] as Ledgers,
    crash: (index) => {
      const at = index % writers.length;
      listeners.delete(ids[at] as string);
      gone.push(writers[at] as Ledgers);
      writers[at] = start(at);
    },
    calm: async () => {
      calm = true;
      await Promise.all([...gone, ...writers].map((each) => each.view(tenant)));
    },
    close: async () => {
      await Promise.all([...gone, ...writers].map((each) => each.close()));
    },
  };
}

/** A call as its gateway knows it: what it will really cost is drawn beforehand. */
export interface Call {
  readonly id: string;
  readonly scopes: readonly string[];
  readonly amount: Nano;
  readonly floor: Nano;
  readonly cost: Nano;
  day: string;
  granted: Nano | null;
  voided: boolean;
  settled: boolean;
}

let made = 0;

/** A UUIDv7 of the world's own time. */
const idAt = (at: number): string => {
  const millis = at.toString(16).padStart(12, '0');
  return `${millis.slice(0, 8)}-${millis.slice(8)}-7000-8000-${(made++).toString(16).padStart(12, '0')}`;
};

export const newCall = (at: number, user: number, amount: bigint, floor: bigint, cost: bigint): Call => ({
  id: idAt(at),
  scopes: ['tenant', `user:u${user}`, `session:s${user}`],
  amount,
  floor: floor < amount ? floor : amount,
  cost,
  day: '',
  granted: null,
  voided: false,
  settled: false,
});

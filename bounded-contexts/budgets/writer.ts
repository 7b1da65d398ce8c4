import { DaybookError, isDaybookError } from '../../schemas/errors.ts';
import { type Clock, type Commit, type EventLog, type Subject, uuidv7 } from '../kernel/index.ts';
import { appendCertainly } from './append-certainly.ts';
import { type Batch, failAll, fillBatch, newBatch } from './batch.ts';
import type { LedgerCommand } from './commands.ts';
import type { LedgerHead } from './head.ts';
import { endItem, type Item, type Result } from './item.ts';
import type { Succession } from './succession.ts';

/** Commands of one ledger, appended in groups. */
export interface LedgerWriter {
  readonly head: LedgerHead;
  /** `end` is called once, with the result. No promise: this is the hottest path of all. */
  submit(command: LedgerCommand, waits: Waits, end: (result: Result) => void): void;
  /** Folds the ledger, or what others have written to it since. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

export interface Waits {
  /** Ms until the caller is told `ledger.busy`. */
  readonly deadlineMs: number;
  /** Ms to wait while only pending money stands in the way. */
  readonly waitForPendingMs: number;
}

export interface WriterOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly subject: Subject;
  readonly writerId: string;
  readonly timeZone: string;
  readonly head: LedgerHead;
  readonly succession: Succession;
}

/** How often deadlines are looked at, and how often those that wait for money look at the log, in ms. */
const tickMs = 20;
const pollMs = 60;

/**
 * Group commit: commands that arrive while an append is in flight are decided at once, on the state that it
 * leads to, and go out together in the next one. The expectation is the fence: where another writer was first,
 * its commit is folded and every command is decided again. Callers never hear of a conflict.
 */
export function ledgerWriter(options: WriterOptions): LedgerWriter {
  const { log, clock, subject, writerId, timeZone, head, succession } = options;
  let queue: Item[] = [];
  let parked: Item[] = [];
  let inFlight: readonly Item[] = [];
  let building: Batch | null = null;
  let running = false;
  let scheduled = false;
  let stale = true;
  let closed = false;
  let ticker: ReturnType<typeof setInterval> | null = null;
  let polledAt = 0;
  const asked: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];

  function submit(command: LedgerCommand, waits: Waits, end: (result: Result) => void): void {
    if (closed) {
      end({ kind: 'failed', error: new DaybookError('gateway.stopping') });
      return;
    }
    const now = performance.now();
    const deadline = now + waits.deadlineMs;
    queue.push({ command, deadline, passUntil: now + waits.waitForPendingMs, end, ended: false });
    ticker ??= setInterval(tick, tickMs);
    schedule();
  }

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      if (!running) void run();
      else if (inFlight.length > 0 && !succession.leader) build();
    });
  }

  async function run(): Promise<void> {
    running = true;
    try {
      while (queue.length > 0 || building || asked.length > 0) {
        if (asked.length > 0) await look();
        else if (succession.leader) await forward(succession.leader);
        else await turn();
        // Callers that were just answered and ask again join the next batch.
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      running = false;
    }
  }

  /** Knows all that others have written. What was speculated is decided again. */
  async function freshen(): Promise<void> {
    queue = [...takeBuilding(), ...queue];
    if (head.loaded) await head.refresh();
    else await head.load();
    stale = false;
  }

  async function look(): Promise<void> {
    const waiting = asked.splice(0);
    try {
      await freshen();
      for (const { resolve } of waiting) resolve();
    } catch (error) {
      if (isDaybookError(error, 'log.history-changed')) head.forget();
      for (const { reject } of waiting) reject(error);
    }
  }

  /** Decides what is queued into the batch that goes out next. */
  function build(): Batch {
    building ??= newBatch(Math.max(clock(), head.state.now));
    if (queue.length > 0 && !building.full) {
      const taken = fillBatch(building, queue, parked, head, timeZone);
      queue = taken === queue.length ? [] : queue.slice(taken);
    }
    return building;
  }

  async function turn(): Promise<void> {
    try {
      if (stale || !head.loaded) await freshen();
    } catch (error) {
      return fail([...takeBuilding(), ...queue.splice(0)], error);
    }
    const batch = build();
    building = null;
    if (batch.items.length === 0) return;
    inFlight = batch.items;
    try {
      const counted = batch.events.length === 0 ? await verify() : await append(batch);
      inFlight = [];
      if (counted) answer(batch);
      else await lose(batch);
    } catch (error) {
      inFlight = [];
      head.rollback();
      fail([...batch.items, ...takeBuilding(), ...queue.splice(0)], error);
    }
  }

  /** A batch of refusals and repetitions changes nothing: it counts if the ledger is still where we think. */
  async function verify(): Promise<boolean> {
    return (await log.after(subject, head.position)) === null;
  }

  async function append(batch: Batch): Promise<boolean> {
    const commit: Commit = {
      id: uuidv7(),
      at: batch.at,
      actor: writerId,
      prev: head.counted,
      events: batch.events,
    };
    const expected = head.position ?? 'none';
    const pending = appendCertainly(log, subject, commit, expected, () => closed);
    // The last commit is folded while this one is on its way: after the client has written it to its socket.
    setImmediate(head.settleUp);
    const result = await pending;
    if (result.outcome === 'conflict') return false;
    head.confirm(commit, result.position);
    succession.won();
    return true;
  }

  function answer(batch: Batch): void {
    let freed = false;
    for (const event of batch.events) if (event.type !== 'budget.reserved') freed = true;
    if (freed) unpark();
    batch.items.forEach((item, index) => {
      const result = batch.results[index] as Batch['results'][number];
      if (result.kind !== 'done') endItem(item, result);
      else if (item.ended) undo(item);
      else {
        result.position = head.position;
        endItem(item, result);
      }
    });
  }

  /** The caller was told `ledger.busy`: it dispatched nothing, so what it had reserved is given back. */
  function undo({ command }: Item): void {
    if (command.kind !== 'reserve') return;
    const now = performance.now();
    queue.push({
      command: { kind: 'void', reservation: command.reservation },
      deadline: now + 60_000,
      passUntil: now,
      end: () => {},
      ended: false,
    });
    schedule();
  }

  /** Another writer was first: every command that is not acknowledged is decided again. */
  async function lose(batch: Batch): Promise<void> {
    queue = [...batch.items, ...takeBuilding(), ...queue];
    stale = true;
    await head.refresh();
    stale = false;
    unpark();
    await succession.lost(head.lastWriter);
  }

  async function forward(leader: string): Promise<void> {
    queue = [...takeBuilding(), ...queue];
    const items = queue.filter((item) => !item.ended).slice(0, 512);
    const taken = new Set(items);
    queue = queue.filter((item) => !item.ended && !taken.has(item));
    if (items.length === 0) return;
    inFlight = items;
    stale = true;
    const results = await succession.forward(
      leader,
      items.map((item) => item.command),
    );
    inFlight = [];
    items.forEach((item, index) => {
      const result = results?.[index];
      if (!result || isInterrupted(result)) {
        // Whether it was done or not, the fold will tell: each command is idempotent.
        if (item.ended) undo(item);
        else queue.push(item);
      } else if (result.kind === 'refused' && result.mayPass && performance.now() < item.passUntil)
        parked.push(item);
      else if (result.kind === 'done' && item.ended) undo(item);
      else endItem(item, result);
    });
  }

  function isInterrupted(result: Result): boolean {
    if (result.kind !== 'failed') return false;
    return isDaybookError(result.error, 'ledger.busy') || isDaybookError(result.error, 'gateway.stopping');
  }

  function takeBuilding(): readonly Item[] {
    const items = building?.items ?? [];
    building = null;
    return items;
  }

  function unpark(): void {
    if (parked.length === 0) return;
    queue = [...parked, ...queue];
    parked = [];
    schedule();
  }

  function fail(items: readonly Item[], error: unknown): void {
    if (isDaybookError(error, 'log.history-changed')) head.forget();
    stale = true;
    failAll(items, error);
  }

  function tick(): void {
    const now = performance.now();
    let waiting = 0;
    for (const items of [queue, parked, inFlight, building?.items ?? []]) {
      for (const item of items) {
        if (!item.ended && now >= item.deadline) {
          endItem(item, { kind: 'failed', error: new DaybookError('ledger.busy') });
        }
        waiting++;
      }
    }
    parked = parked.filter((item) => !item.ended);
    if (parked.length > 0 && (now - polledAt >= pollMs || parked.some((item) => now >= item.passUntil))) {
      polledAt = now;
      // Money may have been freed by another writer.
      if (!running) stale = true;
      unpark();
    }
    if (waiting === 0 && !running && ticker) {
      clearInterval(ticker);
      ticker = null;
    }
  }

  return {
    head,
    submit,
    refresh: () =>
      new Promise<void>((resolve, reject) => {
        asked.push({ resolve, reject });
        if (!running) void run();
      }),
    close: async () => {
      closed = true;
      while (running) await new Promise((resolve) => setTimeout(resolve, 5));
      if (ticker) clearInterval(ticker);
      failAll([...queue, ...parked], new DaybookError('gateway.stopping'));
      queue = [];
      parked = [];
    },
  };
}

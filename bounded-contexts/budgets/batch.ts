import { maxCommitBytes } from '../kernel/index.ts';
import type { Decision } from './commands.ts';
import { decide } from './decide.ts';
import type { LedgerHead } from './head.ts';
import { endItem, type Item, type Result } from './item.ts';
import type { LedgerEvent } from './ledger.ts';

/** Commands that were decided together, on the state that those before them lead to. */
export interface Batch {
  readonly at: number;
  readonly events: LedgerEvent[];
  readonly items: Item[];
  /** What each item's caller will hear, once the batch has counted. */
  readonly results: Exclude<Result, { kind: 'failed' }>[];
  bytes: number;
  full: boolean;
}

const maxItems = 2048;
/** Room for the commit's own fields. */
const maxBytes = maxCommitBytes - 1024;

export const newBatch = (at: number): Batch => ({
  at,
  events: [],
  items: [],
  results: [],
  bytes: 0,
  full: false,
});

/**
 * Decides queued commands into a batch until it is full. Those whose caller was already told are dropped;
 * those that only pending money keeps from passing are parked. Returns how many were taken.
 */
export function fillBatch(
  batch: Batch,
  queue: readonly Item[],
  parked: Item[],
  head: LedgerHead,
  timeZone: string,
): number {
  const now = performance.now();
  let taken = 0;
  for (const item of queue) {
    if (batch.items.length >= maxItems) batch.full = true;
    if (batch.full) break;
    if (item.ended) {
      taken++;
      continue;
    }
    const decision = decided(batch, item, head, timeZone);
    if (!decision) {
      taken++;
      continue;
    }
    if ('refusal' in decision) {
      taken++;
      if (decision.mayPass && now < item.passUntil) parked.push(item);
      else add(batch, item, { kind: 'refused', error: decision.refusal, mayPass: decision.mayPass });
      continue;
    }
    const { events, reply } = decision;
    let bytes = 0;
    for (const event of events) bytes += bytesOf(event);
    if (batch.bytes + bytes > maxBytes && batch.items.length > 0) {
      batch.full = true;
      break;
    }
    taken++;
    batch.bytes += bytes;
    if (events.length > 0) {
      head.speculate(events, batch.at);
      for (const event of events) batch.events.push(event);
    }
    add(batch, item, { kind: 'done', reply, position: null });
  }
  return taken;
}

/** A command that cannot even be decided fails alone. */
function decided(batch: Batch, item: Item, head: LedgerHead, timeZone: string): Decision | null {
  try {
    return decide(head.state, item.command, batch.at, timeZone);
  } catch (error) {
    endItem(item, { kind: 'failed', error });
    return null;
  }
}

function add(batch: Batch, item: Item, result: Batch['results'][number]): void {
  batch.items.push(item);
  batch.results.push(result);
}

/** An upper bound of an event's JSON; cheaper than serialising it, and all its strings are ASCII. */
function bytesOf(event: LedgerEvent): number {
  let bytes = 360;
  if ('scopes' in event.data) for (const scope of event.data.scopes) bytes += scope.length + 3;
  if (event.by) bytes += (event.by.command?.length ?? 0) + (event.by.actor?.length ?? 0) + 64;
  return bytes;
}

export function failAll(items: readonly Item[], error: unknown): void {
  for (const item of items) endItem(item, { kind: 'failed', error });
}

import {
  type Commit,
  type EventLog,
  type Folded,
  foldCommit,
  type Position,
  type Subject,
  unfolded,
} from '../kernel/index.ts';
import { ledgerDecider } from './decide.ts';
import type { LedgerEvent, LedgerState } from './ledger.ts';
import type { SnapshotStore } from './ports.ts';
import { cloneLedger, entriesOf, openSnapshot, takeSnapshot } from './snapshot.ts';

/**
 * What a writer knows of its ledger: the confirmed state (what the log holds), and the speculative one, which
 * is ahead of it by what was decided and is not acknowledged yet.
 */
export interface LedgerHead {
  /** The last commit on the subject, whoever wrote it. */
  readonly position: Position | null;
  /** The last commit that counted: the next one's `prev`. */
  readonly counted: Position | null;
  /** The actor of the last commit that another writer made, if the last one is another's. */
  readonly lastWriter: string | null;
  readonly loaded: boolean;
  /** The speculative state; only {@link speculate} changes it. */
  readonly state: LedgerState;
  /** Folds what is on the log: from a snapshot where there is a good one, else from the start. */
  load(): Promise<void>;
  /** Folds what others wrote since, and drops all speculation. True where there was something. */
  refresh(): Promise<boolean>;
  speculate(events: readonly LedgerEvent[], at: number): void;
  /** Our commit is stored: what was speculated in it is confirmed. */
  confirm(commit: Commit, position: Position): void;
  /** Catches up with what was confirmed; done while a write is in flight, since nobody waits then. */
  settleUp(): void;
  rollback(): void;
  /** Discards all that is held in memory: the log has another history. */
  forget(): void;
}

export interface HeadOptions {
  readonly log: EventLog;
  readonly subject: Subject;
  readonly tenant: string;
  readonly snapshots: SnapshotStore | null;
  /** Commits between two snapshots, at least; see {@link entriesACommit}. */
  readonly snapshotEvery: number;
  /** Told of a snapshot that could not be saved or read: nothing is lost by it but time. */
  readonly report: (error: unknown) => void;
}

/**
 * A busy ledger remembers hundreds of thousands of ended reservations. Written every so many commits, they stopped all
 * callers of the gateway for up to a tenth of a second every few seconds, and took a third of Postgres' time. So a commit pays for no more than so many entries of a snapshot, and a load folds no more commits than one
 * for so many entries that it has read.
 */
export const entriesACommit = 32;

export function ledgerHead(options: HeadOptions): LedgerHead {
  const { log, subject, tenant, snapshots, snapshotEvery, report } = options;
  let confirmed: Folded<LedgerState> = unfolded(ledgerDecider);
  let speculative: LedgerState | null = null;
  // Ours and stored, but not in `confirmed` yet.
  let behind: Commit[] = [];
  let position: Position | null = null;
  let counted: Position | null = null;
  let lastWriter: string | null = null;
  let lastCommit = '';
  let loaded = false;
  let sinceSnapshot = 0;

  function settleUp(): void {
    if (behind.length === 0) return;
    const { state } = confirmed;
    for (const { events, at } of behind) {
      for (const event of events) if (ledgerDecider.knows(event)) ledgerDecider.evolve(state, event, at);
    }
    behind = [];
    confirmed = { state, head: position, counted };
    saveIfDue();
  }

  function saveIfDue(): void {
    if (!snapshots || sinceSnapshot < snapshotEvery) return;
    if (sinceSnapshot < entriesOf(confirmed.state) / entriesACommit) return;
    // After a commit that did not count, the state is that of an earlier position: wait for one that does.
    if (confirmed.head === null || confirmed.head !== confirmed.counted) return;
    sinceSnapshot = 0;
    snapshots.save(takeSnapshot(tenant, confirmed.head, confirmed.state, lastCommit)).catch(report);
  }

  async function fold(): Promise<boolean> {
    settleUp();
    let moved = false;
    for await (const recorded of log.read(subject, confirmed.head)) {
      moved = true;
      confirmed = foldCommit(ledgerDecider, confirmed, recorded);
      // Where reading breaks off in the middle, the next one goes on from here.
      position = confirmed.head;
      counted = confirmed.counted;
      lastWriter = recorded.commit.actor;
      lastCommit = recorded.commit.id;
      sinceSnapshot++;
    }
    if (moved) speculative = null;
    saveIfDue();
    return moved;
  }

  const forget = () => {
    confirmed = unfolded(ledgerDecider);
    speculative = null;
    behind = [];
    position = null;
    counted = null;
    lastWriter = null;
    loaded = false;
    sinceSnapshot = 0;
  };

  const state = (): LedgerState => {
    if (!speculative) {
      settleUp();
      speculative = cloneLedger(confirmed.state);
    }
    return speculative;
  };

  return {
    get position() {
      return position;
    },
    get counted() {
      return counted;
    },
    get lastWriter() {
      return lastWriter;
    },
    get loaded() {
      return loaded;
    },
    get state() {
      return state();
    },
    async load() {
      if (loaded) return;
      forget();
      const snapshot = await snapshots?.load(tenant).catch((error: unknown) => {
        report(error);
        return null;
      });
      const opened = snapshot ? await openSnapshot(log, subject, snapshot) : null;
      if (snapshot && opened) {
        confirmed = { state: opened, head: snapshot.position, counted: snapshot.position };
        position = snapshot.position;
        counted = snapshot.position;
      }
      await fold();
      loaded = true;
    },
    refresh: async () => {
      speculative = null;
      return fold();
    },
    speculate(events, at) {
      const ahead = state();
      for (const event of events) ledgerDecider.evolve(ahead, event, at);
    },
    confirm(commit, at) {
      behind.push(commit);
      position = at;
      counted = at;
      lastWriter = commit.actor;
      lastCommit = commit.id;
      sinceSnapshot++;
      // Bounds the memory of a writer that is never idle in flight.
      if (behind.length >= 64) settleUp();
    },
    settleUp,
    rollback() {
      speculative = null;
    },
    forget,
  };
}

import { isDaybookError } from '../../schemas/errors.ts';
import {
  type Batch,
  type Clock,
  type EventLog,
  facts,
  type LogCheckpoint,
  parseSubject,
  type Subscription,
} from '../kernel/index.ts';
import type { Ledgers, Settle } from './ledgers.ts';
import { pauses } from './pause.ts';
import type { CheckpointStore } from './ports.ts';
import { movedOn } from './positions.ts';
import { saver } from './saver.ts';

export interface SettlerOptions {
  readonly log: EventLog;
  readonly ledgers: Pick<Ledgers, 'settleMany'>;
  readonly checkpoints: CheckpointStore;
  readonly clock: Clock;
  /** Of the checkpoint; the reaper reads it. Default `settler`. */
  readonly name?: string;
  /** Told of what is tried again, and of a completion that the ledger can never take. */
  readonly report?: (error: unknown) => void;
}

export interface SettlerStatus {
  readonly positions: LogCheckpoint;
  /** True where the log's end was reached, ms since the oldest completion that may be unsettled. */
  readonly caughtUp: boolean;
  readonly lagMs: number;
  readonly settled: number;
  /** Completions that the ledger can never take; the reaper settles their reservations in full. */
  readonly rejected: number;
}

export interface ProcessManager<Status> {
  status(): Status;
  stop(): Promise<void>;
}

const actor = 'settler';
const longestPauseMs = 2000;
/** Between two batches: settlements that share a commit cost a tenth, and nobody waits for one. */
const gatherMs = 50;
/** Where many complete, more of them share it. */
const manyCommits = 16;
const manyMs = 100;
/** A checkpoint is stored at most so often, in ms; what is settled twice changes nothing. */
const saveEveryMs = 100;

/**
 * Process manager: every `invocation.completed` settles its reservation. Any number may run: a settlement
 * that is repeated yields nothing new, and a checkpoint that goes back costs only repetition.
 */
export function startSettler(options: SettlerOptions): ProcessManager<SettlerStatus> {
  const { log, ledgers, checkpoints, clock, name = 'settler', report = () => {} } = options;
  let stopped = false;
  let subscription: Subscription | null = null;
  let positions: LogCheckpoint = [];
  let caughtUp = false;
  let lastAt = clock();
  let settled = 0;
  let rejected = 0;
  const { pause, cutShort } = pauses();
  const checkpoint = saver(() => checkpoints.save(name, { positions }), saveEveryMs, report);

  async function run(): Promise<void> {
    for (let wait = 50; !stopped; wait = Math.min(wait * 2, longestPauseMs)) {
      try {
        positions = (await checkpoints.load(name))?.positions ?? [];
        subscription = log.subscribe(facts('invocations'), positions);
        for await (const batch of subscription) {
          if (batch.commits.length > 0) caughtUp = false;
          if (!(await settleBatch(batch))) break;
          positions = movedOn(positions, batch.through);
          caughtUp = batch.caughtUp;
          wait = 50;
          checkpoint.changed();
          if (stopped) break;
          // What is completed meanwhile shares the next commit of the ledger.
          if (batch.commits.length > 0) await pause(batch.commits.length < manyCommits ? gatherMs : manyMs);
        }
      } catch (error) {
        report(error);
      } finally {
        await subscription?.stop().catch(report);
      }
      if (!stopped) await pause(wait);
    }
  }

  /** Until all of it is settled; false where it was stopped before. */
  async function settleBatch(batch: Batch): Promise<boolean> {
    let waiting = byTenant(batch);
    for (let wait = 20; waiting.size > 0; wait = Math.min(wait * 2, longestPauseMs)) {
      const failed = new Map<string, Settle[]>();
      const settle = async ([tenant, commands]: [string, Settle[]]) => {
        const results = await ledgers.settleMany(tenant, commands);
        const again = commands.filter((_, index) => {
          const result = results[index];
          if (result?.outcome !== 'failed') {
            settled++;
            return false;
          }
          report(result.error);
          if (!isDaybookError(result.error) || result.error.retryable) return true;
          rejected++;
          return false;
        });
        if (again.length > 0) failed.set(tenant, again);
      };
      await Promise.all([...waiting].map(settle));
      waiting = failed;
      if (stopped && waiting.size > 0) return false;
      if (waiting.size > 0) await pause(wait);
    }
    lastAt = batch.commits.at(-1)?.commit.at ?? lastAt;
    return true;
  }

  const running = run();
  return {
    status: () => ({
      positions,
      caughtUp,
      lagMs: caughtUp ? 0 : Math.max(0, clock() - lastAt),
      settled,
      rejected,
    }),
    stop: async () => {
      stopped = true;
      cutShort();
      await subscription?.stop().catch(report);
      await running;
      await checkpoint.flush().catch(report);
    },
  };
}

function byTenant(batch: Batch): Map<string, Settle[]> {
  const tenants = new Map<string, Settle[]>();
  for (const { subject, commit } of batch.commits) {
    const { tenant } = parseSubject(subject);
    for (const event of commit.events) {
      if (event.type !== 'invocation.completed') continue;
      const { invocation, cost, tier, scopes, day } = event.data;
      const commands = tenants.get(tenant) ?? [];
      tenants.set(tenant, commands);
      commands.push({ reservation: invocation, amount: BigInt(cost), tier, scopes, day, actor });
    }
  }
  return tenants;
}

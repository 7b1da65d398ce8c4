import { setTimeout as pause } from 'node:timers/promises';
import { type RetentionKind, retentionKind } from '../../../schemas/retention.ts';
import {
  aggregates,
  type EventLog,
  type Folded,
  foldCommit,
  parseSubject,
  unfolded,
  type Vault,
} from '../../kernel/index.ts';
import { type Retention, retentionDecider } from './policy.ts';

export interface RetentionFollowing {
  /** Resolves once all that was on the log at start was heard. */
  readonly ready: Promise<void>;
  /** Of every tenant that ever set one. */
  policies(): readonly (Retention & { readonly tenant: string; readonly kind: RetentionKind })[];
  stop(): Promise<void>;
}

export interface FollowOptions {
  readonly log: EventLog;
  readonly vault: Pick<Vault, 'endPeriods'>;
  /** Hears that something was set or ended. */
  readonly changed?: () => void;
  readonly report: (error: unknown) => void;
}

const againMs = 1_000;

/**
 * Hears of every retention that was set or executed. What was executed is carried out in this process, too: keys that
 * it has in memory go, and what another put on the log and did not live to do is done.
 */
export function followRetention({ log, vault, changed, report }: FollowOptions): RetentionFollowing {
  const folded = new Map<string, Folded<Retention>>();
  const stopping = new AbortController();
  const subscription = log.subscribe(aggregates('retention'), [], { idleMs: 2_000 });
  const ready = Promise.withResolvers<void>();

  async function end(tenant: string, kind: RetentionKind, before: string): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await vault.endPeriods(tenant, kind, before);
        return;
      } catch (error) {
        report(error);
        await pause(againMs, undefined, { signal: stopping.signal }).catch(() => {});
      }
    }
  }

  const running = (async () => {
    const { streams } = await log.info();
    const behind = new Set(streams.filter(({ last }) => last !== null).map(({ stream }) => stream));
    if (behind.size === 0) ready.resolve();
    for await (const { commits, stream, caughtUp } of subscription) {
      const ended = new Map<string, { tenant: string; kind: RetentionKind; before: string }>();
      for (const recorded of commits) {
        const { subject } = recorded;
        const before = folded.get(subject) ?? unfolded(retentionDecider);
        folded.set(subject, foldCommit(retentionDecider, before, recorded));
        for (const event of recorded.commit.events)
          if (event.type === 'retention.executed')
            ended.set(subject, { tenant: parseSubject(subject).tenant, ...event.data });
      }
      // Each ends all before it: of many, the last is enough.
      for (const { tenant, kind, before } of ended.values()) await end(tenant, kind, before);
      if (caughtUp) behind.delete(stream);
      if (behind.size === 0) ready.resolve();
      if (commits.length > 0) changed?.();
    }
  })().catch((error: unknown) => {
    ready.reject(error);
    report(error);
  });

  return {
    ready: ready.promise,
    policies: () =>
      [...folded].flatMap(([subject, { state }]) => {
        const { tenant, id } = parseSubject(subject);
        const kind = retentionKind.safeParse(id);
        return kind.success ? [{ tenant, kind: kind.data, ...state }] : [];
      }),
    async stop() {
      stopping.abort();
      await subscription.stop();
      await running;
    },
  };
}

/** Ends on a restored vault what has ended on the log; returns how many executions it saw. */
export async function reapplyRetention(ports: Pick<FollowOptions, 'log' | 'vault'>): Promise<number> {
  let failure: unknown;
  const following = followRetention({
    ...ports,
    report: (error) => {
      failure = error;
    },
  });
  await following.ready;
  const ended = following.policies().filter(({ before }) => before !== null).length;
  await following.stop();
  if (failure !== undefined) throw failure;
  return ended;
}

import { setTimeout as pause } from 'node:timers/promises';
import type { EventData } from '../../../schemas/events/index.ts';
import type { CheckpointStore } from '../../budgets/index.ts';
import { revokeKey } from '../../identity/index.ts';
import {
  aggregates,
  type ContentLog,
  execute,
  type LogCheckpoint,
  type Position,
  parsePosition,
  parseSubject,
  type Recorded,
  type Subscription,
  subjectOf,
  type Vault,
} from '../../kernel/index.ts';
import { type ErasurePorts, eraseSubject } from './erase.ts';
import type { Traces } from './ports.ts';
import { subjectDecider } from './subject.ts';

export interface EraserOptions extends ErasurePorts {
  readonly vault: Pick<Vault, 'erase' | 'open'>;
  readonly contents: Pick<ContentLog, 'at'>;
  readonly traces: Traces;
  readonly checkpoints: CheckpointStore;
  readonly report: (error: unknown) => void;
}

export interface Eraser {
  stop(): Promise<void>;
}

const name = 'eraser';
const actor = 'eraser';
const longestPauseMs = 5_000;

/**
 * Process manager: follows `subject.erased`, removes what goes with a person, and says on the log what was destroyed.
 * Any number may run, and one that dies is followed by one that does it again: each step changes nothing the second
 * time, though what a first try has removed is then not counted again.
 */
export function startEraser(options: EraserOptions): Eraser {
  const { log, checkpoints, report } = options;
  const stopping = new AbortController();
  let subscription: Subscription | undefined;

  async function insist(work: () => Promise<void>): Promise<void> {
    for (let wait = 100; !stopping.signal.aborted; wait = Math.min(wait * 2, longestPauseMs)) {
      try {
        await work();
        return;
      } catch (error) {
        report(error);
      }
      await pause(wait, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  async function follow(): Promise<void> {
    let positions: LogCheckpoint = (await checkpoints.load(name))?.positions ?? [];
    subscription = log.subscribe(aggregates('subject'), positions, { idleMs: 500 });
    for await (const { commits, through, stream } of subscription) {
      for (const recorded of commits) await insist(() => completeErasure(options, recorded));
      if (stopping.signal.aborted) break;
      if (commits.length === 0) continue;
      positions = [...positions.filter((one) => parsePosition(one).stream !== stream), through];
      await checkpoints.save(name, { positions });
    }
  }

  const running = insist(async () => {
    try {
      await follow();
    } finally {
      await subscription?.stop();
    }
  });
  return {
    async stop() {
      stopping.abort();
      await subscription?.stop();
      await running;
    },
  };
}

/** Removes what goes with each data subject that a commit erases, and says so. */
async function completeErasure(
  options: EraserOptions,
  { subject, commit, position }: Recorded,
): Promise<void> {
  const { log, clock } = options;
  const { tenant } = parseSubject(subject);
  for (const event of commit.events) {
    if (event.type !== 'subject.erased') continue;
    const done = await removeTraces(options, tenant, event.data.subject, position);
    const place = subjectOf(tenant, 'subject', event.data.subject);
    await execute(log, clock, place, subjectDecider, { kind: 'complete', data: done }, { actor });
  }
}

async function removeTraces(
  options: EraserOptions,
  tenant: string,
  subject: string,
  position: Position,
): Promise<EventData<'subject.erasure.completed'>> {
  const { traces, vault } = options;
  await vault.erase(tenant, subject);
  await traces.upTo(position);
  const sessions = await traces.sessions(tenant, subject);
  for (const session of sessions)
    await eraseSubject(options, { tenant, subject: session, actor, because: subject });
  const keys = await traces.keys(tenant, subject);
  for (const key of keys) await revokeKey(options, { tenant, actor }, key);
  const streams = await traces.streams(tenant, subject);
  for (const stream of streams) await traces.removeStream(tenant, stream);
  const replies = await traces.removeReplies(tenant, subject);
  const contents = await readAll(options, tenant, subject);
  const records = await traces.records(tenant, subject);
  return {
    subject,
    sessions: [...sessions],
    keys: [...keys],
    replies,
    streams: streams.length,
    contents,
    records,
  };
}

/** Tries to open all that the key has sealed: `readable` must come to none. */
async function readAll({ traces, contents, vault }: EraserOptions, tenant: string, subject: string) {
  let count = 0;
  let readable = 0;
  for await (const page of traces.contents(tenant, subject)) {
    for (const place of page) {
      const stored = await contents.at(place);
      const opened =
        stored && (await vault.open({ tenant, subject, id: place.id, field: '' }, stored.sealed));
      if (opened && !('redacted' in opened)) readable++;
      count++;
    }
  }
  return { count, readable };
}

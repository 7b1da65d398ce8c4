import { DaybookError, isDaybookError } from '../../schemas/errors.ts';
import type { Clock } from './clock.ts';
import { type CommittedEvent, commitOf, jsonOfEvent, maxCommitBytes } from './commit.ts';
import type { EventLog } from './event-log.ts';
import { type Group, group } from './group.ts';
import { uuidv7 } from './ids.ts';
import type { Position } from './position.ts';
import { type Subject, subjectOf } from './subjects.ts';

/** Appends facts: events that need no expectation. Many callers' facts share a commit. */
export interface FactWriter {
  /**
   * Resolves once the fact is on the log. `by` says who caused it. Throws `log.unavailable`, `log.full` or
   * `log.timeout`; after a time-out the fact may be stored all the same, once or (past the dedupe window)
   * twice, which is why every fold is idempotent by event id.
   */
  append(tenant: string, family: string, event: CommittedEvent): Promise<Position>;
  drained(): Promise<void>;
}

export interface FactWriterOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  /** `<role>:<instance>`, the actor of the group commits. */
  readonly actor: string;
  /** How long, in ms, the same bytes are sent again after time-outs before giving up. Default 10,000. */
  readonly patienceMs?: number;
}

/** Its JSON is written once: it is measured, and then sent. */
interface Fact {
  readonly event: CommittedEvent;
  readonly json: string;
}

const envelopeBytes = 4096;

export function factWriter({ log, clock, actor, patienceMs = 10_000 }: FactWriterOptions): FactWriter {
  const groups = new Map<Subject, Group<Fact, Position>>();

  async function write(subject: Subject, members: readonly Fact[]): Promise<Position> {
    const commit = commitOf(
      { id: uuidv7(), at: clock(), actor, events: members.map(({ event }) => event) },
      members.map(({ json }) => json),
    );
    const deadline = performance.now() + patienceMs;
    // True once a send may have been stored without our knowing: from then on no refusal is certain.
    let doubt = false;
    for (let pause = 20; ; pause = Math.min(pause * 2, 1000)) {
      try {
        const result = await log.append(subject, commit, 'any');
        if (result.outcome === 'wrong-expectation')
          throw new DaybookError('internal', 'a fact has no expectation');
        return result.position;
      } catch (error) {
        doubt ||= isDaybookError(error, 'log.timeout');
        if (!doubt || !isDaybookError(error)) throw error;
        if (performance.now() + pause > deadline) {
          throw new DaybookError('log.timeout', undefined, {}, { cause: error });
        }
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  return {
    append(tenant, family, event) {
      const subject = subjectOf(tenant, family);
      let facts = groups.get(subject);
      if (!facts) {
        facts = group({
          write: (members) => write(subject, members),
          maxItems: 512,
          maxBytes: maxCommitBytes - envelopeBytes,
        });
        groups.set(subject, facts);
      }
      const json = jsonOfEvent(event);
      return facts.add({ event, json }, Buffer.byteLength(json) + 1);
    },
    drained: async () => {
      await Promise.all([...groups.values()].map((facts) => facts.drained()));
    },
  };
}

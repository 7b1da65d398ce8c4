import { createHash } from 'node:crypto';
import type { RoutingPolicy } from '../../../schemas/config/routing.ts';
import type { ErrorCode } from '../../../schemas/errors.ts';
import {
  aggregates,
  type Clock,
  type EventLog,
  execute,
  type Folded,
  foldCommit,
  parseSubject,
  subjectOf,
  unfolded,
} from '../../kernel/index.ts';
import {
  type BreakerState,
  type BreakerVerdict,
  breakerDecider,
  isWatched,
  type Outcome,
  verdictOf,
} from './breaker.ts';

/** The circuit breakers of all models: what the log says of them, shared by every gateway of the installation. */
export interface Breakers {
  verdict(model: string): BreakerVerdict;
  /** Models that are left alone now, with the time (ISO 8601) since when. */
  open(): Readonly<Record<string, string>>;
  /** Unix ms at which the next call may probe; undefined where it is closed. */
  probeAt(model: string): number | undefined;
  /** What one attempt came to. Returns at once; a failure is on the log within milliseconds. */
  report(model: string, invocation: string, failed?: { code: ErrorCode; status?: number }): void;
  /** True for the one call that may try whether a model serves again. */
  probe(model: string, invocation: string): Promise<boolean>;
  /**
   * The probe has ended without anything to report. Returns at once; within milliseconds the next call may probe.
   * Only for the call that `probe` said true to.
   */
  release(model: string, invocation: string): void;
  /** Resolves once the log was seen as it was at start. */
  readonly ready: Promise<void>;
  stop(): Promise<void>;
}

export interface BreakersOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  /** The tenant that holds what is the installation's. */
  readonly home: string;
  readonly actor: string;
  readonly settings: () => RoutingPolicy['breaker'];
  readonly onError: (error: unknown) => void;
}

/** Successes that are weighed against failures may reach the log this late, in ms, many at once. */
const gatherMs = 200;

const idOf = (model: string) => createHash('sha256').update(model).digest('base64url').slice(0, 22);

interface Line {
  readonly model: string;
  outcomes: Outcome[];
  writing: boolean;
  timer: NodeJS.Timeout | undefined;
}

export function startBreakers(options: BreakersOptions): Breakers {
  const { log, clock, home, actor, settings, onError } = options;
  const states = new Map<string, Folded<BreakerState>>();
  const names = new Map<string, string>();
  const lines = new Map<string, Line>();
  /** The calls of ours that probe, by model: known before the log has told us so. */
  const probes = new Map<string, string>();
  const releasing = new Set<Promise<void>>();
  let stopped = false;

  const subscription = log.subscribe(aggregates('breaker'), [], { idleMs: 1_000 });
  const ready = Promise.withResolvers<void>();
  const following = (async () => {
    const behind = new Set((await log.info()).streams.map(({ stream }) => stream));
    for await (const batch of subscription) {
      for (const recorded of batch.commits) {
        const { tenant, id } = parseSubject(recorded.subject);
        if (tenant !== home || id === undefined) continue;
        const [event] = recorded.commit.events;
        if (event && breakerDecider.knows(event)) names.set(id, event.data.model);
        states.set(id, foldCommit(breakerDecider, states.get(id) ?? unfolded(breakerDecider), recorded));
      }
      if (batch.caughtUp) behind.delete(batch.stream);
      if (behind.size === 0) ready.resolve();
    }
  })().catch((error: unknown) => {
    ready.reject(error);
    onError(error);
  });

  const foldedOf = (model: string) => states.get(idOf(model)) ?? unfolded(breakerDecider);
  const run = (model: string, command: Parameters<typeof breakerDecider.decide>[0]) =>
    execute(
      log,
      clock,
      subjectOf(home, 'breaker', idOf(model)),
      breakerDecider,
      command,
      { actor },
      foldedOf(model),
    );

  async function write(line: Line): Promise<void> {
    clearTimeout(line.timer);
    line.timer = undefined;
    if (line.writing || line.outcomes.length === 0) return;
    line.writing = true;
    const outcomes = merged(line.outcomes);
    line.outcomes = [];
    try {
      await run(line.model, {
        kind: 'observe',
        model: line.model,
        outcomes,
        at: clock(),
        settings: settings(),
      });
    } catch (error) {
      // Lost observations only make the breaker slower; the log being away is said by the calls themselves.
      onError(error);
    } finally {
      line.writing = false;
    }
    if (line.outcomes.length > 0) await write(line);
  }

  return {
    verdict: (model) => {
      const folded = states.size === 0 ? undefined : states.get(idOf(model));
      return folded ? verdictOf(folded.state, clock()) : 'closed';
    },
    open() {
      const open: Record<string, string> = {};
      const now = clock();
      for (const [id, { state }] of states) {
        if (state.opening && verdictOf(state, now) === 'open')
          open[names.get(id) ?? id] = new Date(state.opening.since).toISOString();
      }
      return open;
    },
    probeAt: (model) => foldedOf(model).state.opening?.probeAt,
    report(model, invocation, failed) {
      const probing = probes.get(model) === invocation;
      if (probing) probes.delete(model);
      const line = lines.get(model);
      if (!failed && !line && !probing && states.size === 0) return;
      const pending = line?.outcomes.some((one) => one.failed !== undefined);
      if (!failed && !probing && !pending && !line?.writing && !isWatched(foldedOf(model).state)) return;
      const to = line ?? { model, outcomes: [], writing: false, timer: undefined };
      lines.set(model, to);
      to.outcomes.push(
        failed
          ? {
              calls: 1,
              failed: failed.code,
              ...(failed.status === undefined ? {} : { status: failed.status }),
              invocation,
            }
          : { calls: 1, ...(probing ? { invocation } : {}) },
      );
      if (failed !== undefined || probing) void write(to);
      else to.timer ??= setTimeout(() => void write(to), gatherMs);
    },
    async probe(model, invocation) {
      try {
        const { events } = await run(model, { kind: 'probe', model, invocation, at: clock() });
        const won = events.some(
          (event) => event.type === 'breaker.probed' && event.data.invocation === invocation,
        );
        if (won) probes.set(model, invocation);
        return won;
      } catch (error) {
        if (!stopped) onError(error);
        return false;
      }
    },
    release(model, invocation) {
      if (probes.get(model) === invocation) probes.delete(model);
      // What cannot be written is bounded: a probe that says nothing is given up.
      const written = run(model, { kind: 'release', model, invocation })
        .then(() => {}, onError)
        .finally(() => releasing.delete(written));
      releasing.add(written);
    },
    ready: ready.promise,
    async stop() {
      stopped = true;
      await Promise.all([...[...lines.values()].map(write), ...releasing]);
      await subscription.stop();
      await following;
    },
  };
}

/** Successes in a row become one entry. */
function merged(outcomes: readonly Outcome[]): Outcome[] {
  const all: Outcome[] = [];
  for (const outcome of outcomes) {
    const last = all.at(-1);
    if (
      last &&
      last.failed === undefined &&
      outcome.failed === undefined &&
      !last.invocation &&
      !outcome.invocation
    )
      all[all.length - 1] = { calls: last.calls + outcome.calls };
    else all.push(outcome);
  }
  return all;
}

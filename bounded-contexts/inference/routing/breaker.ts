import type { RoutingPolicy } from '../../../schemas/config/routing.ts';
import type { DaybookEvent, EventData } from '../../../schemas/events/index.ts';
import type { Decider } from '../../kernel/index.ts';

export type BreakerEvent = DaybookEvent<
  'breaker.observed' | 'breaker.opened' | 'breaker.probed' | 'breaker.released' | 'breaker.closed'
>;
export type Outcome = EventData<'breaker.observed'>['outcomes'][number];
type Settings = RoutingPolicy['breaker'];

export type BreakerCommand =
  | {
      readonly kind: 'observe';
      readonly model: string;
      readonly outcomes: readonly Outcome[];
      readonly at: number;
      readonly settings: Settings;
    }
  | {
      readonly kind: 'probe';
      readonly model: string;
      readonly invocation: string;
      readonly at: number;
    }
  | {
      readonly kind: 'release';
      readonly model: string;
      readonly invocation: string;
    };

interface Opening {
  readonly since: number;
  /** From then on one call may probe. */
  readonly probeAt: number;
  readonly cause: string;
}

export interface BreakerState {
  /** Failures one after the other, and their calls. */
  readonly consecutive: readonly string[];
  /** What was observed lately, oldest first; pruned by the window when something is added. */
  readonly lately: readonly { readonly at: number; readonly ok: number; readonly failed: number }[];
  readonly opening: Opening | undefined;
  /** The probe in flight; it counts until `until`, then another one may be sent. */
  readonly probe: { readonly invocation: string; readonly until: number } | undefined;
}

/** A probe that says nothing for so long, in ms, is given up: its gateway died. */
const probeMs = 30_000;
/** Calls named as the cause of an opening, at most. */
const mostCauses = 10;

/**
 * The circuit breaker of one model at one provider: a fold over the outcomes of attempts. It opens after
 * `failures` in a row or where `rate` of at least `rateOver` calls in the window failed; after `openMs` one call
 * may probe; its success closes, its failure opens anew, and where it says neither, another one may. Successes are
 * observed only while there are failures to weigh them against, so that a healthy model writes nothing. After Nygard,
 * Release It!, 2007.
 */
export const breakerDecider: Decider<BreakerCommand, BreakerState, BreakerEvent> = {
  initial: () => ({ consecutive: [], lately: [], opening: undefined, probe: undefined }),
  decide(command, state) {
    if (command.kind === 'probe') return decideProbe(command, state);
    if (command.kind === 'release') return decideRelease(command, state);
    const { model, outcomes, at, settings } = command;
    const observed: BreakerEvent = {
      type: 'breaker.observed',
      data: { model, outcomes: [...outcomes], windowMs: settings.windowMs },
    };
    const probed = state.probe && outcomes.find((outcome) => outcome.invocation === state.probe?.invocation);
    if (state.opening) {
      // Calls that began before it opened end now: they change nothing. Only the probe does.
      if (!probed) return [];
      return probed.failed === undefined
        ? [observed, { type: 'breaker.closed', data: { model, invocation: probed.invocation ?? '' } }]
        : [observed, opened(model, at, settings, `the probe failed: ${probed.failed}`, [probed])];
    }
    const next = weigh(state, outcomes, at, settings.windowMs);
    if (next.consecutive.length >= settings.failures) {
      const cause = `${next.consecutive.length} failures in a row`;
      return [observed, opened(model, at, settings, cause, failuresOf(outcomes), next.consecutive)];
    }
    const { ok, failed } = totals(next);
    if (failed > 0 && ok + failed >= settings.rateOver && failed / (ok + failed) >= settings.rate) {
      const cause = `${failed} of ${ok + failed} calls failed within ${settings.windowMs / 1000} s`;
      return [observed, opened(model, at, settings, cause, failuresOf(outcomes), next.consecutive)];
    }
    return [observed];
  },
  evolve(state, event, at) {
    switch (event.type) {
      case 'breaker.observed':
        return state.opening
          ? state
          : { ...state, ...weigh(state, event.data.outcomes, at, event.data.windowMs) };
      case 'breaker.opened':
        return {
          consecutive: [],
          lately: [],
          opening: { since: at, probeAt: at + event.data.openMs, cause: event.data.cause },
          probe: undefined,
        };
      case 'breaker.probed':
        return { ...state, probe: { invocation: event.data.invocation, until: at + probeMs } };
      case 'breaker.released':
        return { ...state, probe: undefined };
      case 'breaker.closed':
        return breakerDecider.initial();
      default:
        return event satisfies never;
    }
  },
  knows: (event): event is BreakerEvent => event.type.startsWith('breaker.'),
};

/** What the breaker lets pass at `now`. */
export type BreakerVerdict = 'closed' | 'open' | 'half-open';

export function verdictOf({ opening, probe }: BreakerState, now: number): BreakerVerdict {
  if (!opening) return 'closed';
  return now >= opening.probeAt && (probe === undefined || now >= probe.until) ? 'half-open' : 'open';
}

/** Whether successes have to be observed: there are failures that they would be weighed against. */
export const isWatched = ({ consecutive, lately, opening }: BreakerState): boolean =>
  opening !== undefined || consecutive.length > 0 || lately.some(({ failed }) => failed > 0);

function decideProbe(
  { model, invocation, at }: Extract<BreakerCommand, { kind: 'probe' }>,
  state: BreakerState,
): readonly BreakerEvent[] {
  return verdictOf(state, at) === 'half-open'
    ? [{ type: 'breaker.probed', data: { model, invocation } }]
    : [];
}

/** Only the probe in flight gives its place back: one that was given up meanwhile has none any more. */
function decideRelease(
  { model, invocation }: Extract<BreakerCommand, { kind: 'release' }>,
  { probe }: BreakerState,
): readonly BreakerEvent[] {
  return probe?.invocation === invocation ? [{ type: 'breaker.released', data: { model, invocation } }] : [];
}

function weigh(state: BreakerState, outcomes: readonly Outcome[], at: number, windowMs: number) {
  let consecutive = state.consecutive;
  let ok = 0;
  let failed = 0;
  for (const outcome of outcomes) {
    if (outcome.failed === undefined) {
      consecutive = [];
      ok += outcome.calls;
    } else {
      consecutive = [...consecutive, outcome.invocation ?? ''];
      failed += outcome.calls;
    }
  }
  const kept = state.lately.filter((one) => one.at > at - windowMs);
  const lately = [...kept, { at, ok, failed }];
  // Without a failure left in the window there is nothing to weigh.
  return { consecutive, lately: lately.some((one) => one.failed > 0) ? lately : [] };
}

const totals = ({ lately }: Pick<BreakerState, 'lately'>) =>
  lately.reduce((sum, one) => ({ ok: sum.ok + one.ok, failed: sum.failed + one.failed }), {
    ok: 0,
    failed: 0,
  });

const failuresOf = (outcomes: readonly Outcome[]) => outcomes.filter(({ failed }) => failed !== undefined);

function opened(
  model: string,
  at: number,
  settings: Settings,
  cause: string,
  failures: readonly Outcome[],
  calls: readonly string[] = [],
): BreakerEvent {
  const invocations = [...calls, ...failures.map(({ invocation }) => invocation ?? '')].filter(Boolean);
  return {
    type: 'breaker.opened',
    data: {
      model,
      cause,
      code: failures.at(-1)?.failed ?? 'provider.error',
      invocations: [...new Set(invocations)].slice(-mostCauses),
      openMs: settings.openMs,
      probeAt: new Date(at + settings.openMs).toISOString(),
    },
  };
}

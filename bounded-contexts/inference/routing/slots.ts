export interface SlotLimits {
  /** Calls in flight at most. */
  readonly most: number;
  /** Calls that may wait for their turn, and for how many ms. */
  readonly queue: number;
  readonly queueMs: number;
}

export interface Slots {
  /** A turn at the provider; undefined where all turns and all places in the queue are taken, or none came in time. */
  take(provider: string, signal: AbortSignal): Promise<(() => void) | undefined> | (() => void) | undefined;
}

interface Gate {
  readonly limits: SlotLimits;
  busy: number;
  readonly waiting: Set<(turn: boolean) => void>;
}

const free = () => {};

/** Limits the calls in flight at each provider; providers without limits always have a turn. */
export function slotsOf(limits: ReadonlyMap<string, SlotLimits>): Slots {
  const gates = new Map<string, Gate>();
  for (const [provider, one] of limits) gates.set(provider, { limits: one, busy: 0, waiting: new Set() });

  /** A turn that is given back, once, goes to who waits longest. */
  const turnOf = (gate: Gate) => {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const [first] = gate.waiting;
      if (first) first(true);
      else gate.busy--;
    };
  };

  return {
    take(provider, signal) {
      const gate = gates.get(provider);
      if (!gate) return free;
      if (gate.busy < gate.limits.most) {
        gate.busy++;
        return turnOf(gate);
      }
      if (gate.waiting.size >= gate.limits.queue || signal.aborted) return undefined;
      return new Promise((resolve) => {
        const done = (turn: boolean) => {
          clearTimeout(timer);
          signal.removeEventListener('abort', leave);
          gate.waiting.delete(done);
          resolve(turn ? turnOf(gate) : undefined);
        };
        const leave = () => done(false);
        const timer = setTimeout(leave, gate.limits.queueMs);
        signal.addEventListener('abort', leave, { once: true });
        gate.waiting.add(done);
      });
    },
  };
}

/** How many refusals come on the log, within any minute of one process. */
export interface RefusalLimits {
  /** Of one caller: a principal, or a network where there is none. */
  readonly each: number;
  /** Of all callers together: addresses are cheap. */
  readonly all: number;
}

export const refusalLimits: RefusalLimits = { each: 10, all: 300 };

const minuteMs = 60_000;

interface Window<Refusal> {
  began: number;
  let: number;
  leftOut: number;
  last: Refusal;
}

/**
 * Which refusals are worth a line: whoever is refused a thousand times a second must not fill the log by it. What is
 * left out is counted, and said by the caller's next line, or by `settle` where none comes.
 */
export function refusalGate<Refusal>({ each, all }: RefusalLimits = refusalLimits) {
  const windows = new Map<string, Window<Refusal>>();
  let began = 0;
  let letAll = 0;
  /** Of callers beyond those that are told apart. */
  let unnamed = 0;

  return {
    /** How many were left out before this one, which is to be recorded; undefined where it is left out, too. */
    pass(caller: string, refusal: Refusal, now: number): number | undefined {
      if (now - began >= minuteMs) {
        began = now;
        letAll = 0;
      }
      const known = windows.get(caller);
      if (letAll >= all && !known) {
        unnamed++;
        return undefined;
      }
      const window = known ?? { began: now, let: 0, leftOut: 0, last: refusal };
      windows.set(caller, window);
      window.last = refusal;
      if (now - window.began >= minuteMs) {
        window.began = now;
        window.let = 0;
      }
      if (window.let >= each || letAll >= all) {
        window.leftOut++;
        return undefined;
      }
      window.let++;
      letAll++;
      const { leftOut } = window;
      window.leftOut = 0;
      return leftOut + takeUnnamed();
    },
    /** The last refusal of each caller who has not come again for a minute, with how many were left out. */
    settle(now: number): { refusal: Refusal; leftOut: number }[] {
      const settled: { refusal: Refusal; leftOut: number }[] = [];
      for (const [caller, window] of windows) {
        if (now - window.began < minuteMs) continue;
        windows.delete(caller);
        if (window.leftOut > 0)
          settled.push({ refusal: window.last, leftOut: window.leftOut + takeUnnamed() });
      }
      return settled;
    },
  };

  function takeUnnamed(): number {
    const count = unnamed;
    unnamed = 0;
    return count;
  }
}

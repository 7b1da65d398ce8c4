/** How far long work is. `total` and `etaMs` are undefined where the end is not known. */
export interface ProgressReport {
  readonly step: string;
  readonly done: number;
  readonly total: number | undefined;
  /** A second, since the beginning. */
  readonly rate: number;
  readonly etaMs: number | undefined;
  /** True in the step's last report. */
  readonly ended: boolean;
}

export interface Progress {
  add(count: number): void;
  end(): void;
}

/** Reports at most every 200 ms, and at the end. */
export function progress(
  step: string,
  total: number | undefined,
  report: ((report: ProgressReport) => void) | undefined,
): Progress {
  const begun = performance.now();
  let reported = begun;
  let done = 0;
  const tell = (ended: boolean) => {
    const seconds = Math.max((performance.now() - begun) / 1000, 0.001);
    const rate = done / seconds;
    report?.({
      step,
      done,
      total,
      rate,
      etaMs: total === undefined || rate === 0 ? undefined : (Math.max(total - done, 0) / rate) * 1000,
      ended,
    });
  };
  return {
    add(count) {
      done += count;
      if (performance.now() - reported < 200) return;
      reported = performance.now();
      tell(false);
    },
    end: () => tell(true),
  };
}

import { z } from 'zod';

export const benchNames = ['gateway', 'append', 'ledger', 'rebuild', 'retrieval', 'guardrails'] as const;

/** What every benchmark returns, prints and writes: its own figures and its baselines', from the same run. */
export const benchResult = z.object({
  name: z.enum(benchNames),
  rows: z.array(
    z.object({
      label: z.string(),
      unit: z.string(),
      value: z.number(),
      p50: z.number().optional(),
      p95: z.number().optional(),
      p99: z.number().optional(),
      note: z.string().optional(),
    }),
  ),
  bars: z.array(
    z.object({
      text: z.string(),
      met: z.boolean(),
      measured: z.string(),
    }),
  ),
});
export type BenchResult = z.infer<typeof benchResult>;
/** As it is kept: with when and where it was measured. */
export const storedResult = benchResult.extend({ at: z.iso.datetime(), machine: z.string() });
export type StoredResult = z.infer<typeof storedResult>;
export type BenchRow = BenchResult['rows'][number];

/** The value below which `share` of the sorted samples lie. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function percentiles(samples: readonly number[]): { p50: number; p95: number; p99: number } {
  const sorted = [...samples].sort((a, b) => a - b);
  const round = (value: number) => Math.round(value * 1000) / 1000;
  return {
    p50: round(percentile(sorted, 0.5)),
    p95: round(percentile(sorted, 0.95)),
    p99: round(percentile(sorted, 0.99)),
  };
}

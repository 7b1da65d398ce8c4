import type { BenchResult } from './result.ts';

/** Why a target is missed, where one is: found by profiling, and kept with the benchmark that shows it. */
export const reasons: Readonly<Record<BenchResult['name'], string>> = {
  gateway: '',
  append: '',
  ledger: '',
  rebuild: '',
};

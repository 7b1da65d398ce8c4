import { defineConfig } from 'vitest/config';
import ours from '../../../vitest.config.ts';

/** A run of its own for `guardian.int.test.ts`, of a file that no other run takes for a test; nobody counts it. */
export default defineConfig({
  ...ours,
  test: { ...ours.test, include: ['infra/testing/guarded-run/run.ts'], reporters: ['dot'] },
});

import { appendFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** Writes `passed failed skipped` to the file that `npm test` names, for its closing line. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0 };
    for (const module of modules) {
      let tests = 0;
      for (const test of module.children.allTests()) {
        tests++;
        const { state } = test.result();
        if (state === 'passed') count.passed++;
        else if (state === 'failed') count.failed++;
        else count.skipped++;
      }
      if (tests === 0 || module.state() === 'failed') {
        const ownErrors = module.errors().length;
        count.failed += ownErrors > 0 ? ownErrors : tests === 0 ? 1 : 0;
      }
    }
    const file = process.env.DAYBOOK_TEST_SUMMARY;
    if (file) appendFileSync(file, `${count.passed} ${count.failed} ${count.skipped}\n`);
  }
}

import { isDaybookError } from '../../schemas/errors.ts';

const pauseMs = 100;

/**
 * Appends again while the log is certainly out of reach, for at most `patienceMs`: for what must be recorded
 * because it has happened, such as a call that a provider has answered. Any other failure is thrown at once.
 */
export async function patiently<Result>(append: () => Promise<Result>, patienceMs: number): Promise<Result> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await append();
    } catch (error) {
      if (!isDaybookError(error, 'log.unavailable') || performance.now() + pauseMs > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

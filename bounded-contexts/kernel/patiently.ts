import { isDaybookError } from '../../schemas/errors.ts';

const pauseMs = 100;

/**
 * Appends again while the log is certainly out of reach, for at most `patienceMs`: for what must be recorded
 * because it has happened, such as a call that a provider has answered. Any other failure is thrown at once.
 */
export function patiently<Result>(append: () => Promise<Result>, patienceMs: number): Promise<Result> {
  const began = performance.now();
  return append().catch((error: unknown) => again(append, began + patienceMs, error));
}

async function again<Result>(
  append: () => Promise<Result>,
  deadline: number,
  refused: unknown,
): Promise<Result> {
  for (let error = refused; ; ) {
    if (!isDaybookError(error, 'log.unavailable') || performance.now() + pauseMs > deadline) throw error;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    try {
      return await append();
    } catch (next) {
      error = next;
    }
  }
}

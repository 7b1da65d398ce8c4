import { DaybookError, isDaybookError } from '../../schemas/errors.ts';

const pausesMs = [50, 250, 500];

/**
 * Sends the same again after a time-out, where the log drops what it has already. Once a send may have been
 * stored, no failure is certain any more: then it throws `log.timeout`.
 */
export async function insist<T>(send: () => Promise<T>): Promise<T> {
  let doubt = false;
  for (let tries = 0; ; tries++) {
    try {
      return await send();
    } catch (error) {
      doubt ||= isDaybookError(error, 'log.timeout');
      if (!doubt || !isDaybookError(error)) throw error;
      const pause = pausesMs[tries];
      if (pause === undefined) throw new DaybookError('log.timeout', undefined, {}, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

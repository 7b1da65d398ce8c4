import { isDaybookError } from '../../../schemas/errors.ts';
import { pause } from '../subscription.ts';

/** Of a server that is away, or a connection that broke. */
export const passing = (error: unknown): boolean =>
  isDaybookError(error, 'log.timeout') || isDaybookError(error, 'log.unavailable');

export interface Patience {
  /** Without end, or ten seconds of it. */
  readonly endless: boolean;
  readonly signal: AbortSignal | undefined;
}

const pauseMs = 500;
const mostTries = 20;
const never = new AbortController().signal;

/** Does the same again until it succeeds: for what is stored once however often it is sent, and for reading. */
export async function patiently<T>(work: () => Promise<T>, { endless, signal }: Patience): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!passing(error) || signal?.aborted || (!endless && tries >= mostTries)) throw error;
      await pause(pauseMs, signal ?? never);
    }
  }
}

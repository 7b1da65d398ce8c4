import { DaybookError, isDaybookError } from '../../../schemas/errors.ts';
import { ApiError } from './wire.ts';

/** The acknowledgement of a publish. */
export interface Ack {
  readonly seq?: number;
  readonly duplicate?: boolean;
  readonly error?: { readonly code: number; readonly err_code?: number; readonly description?: string };
}

/** `wrong last sequence: n`, and without the number from servers that compare before storing. */
const wrongSequence = new Set([10071, 10164]);
/** Insufficient resources, storage or memory exceeded, message too large for the store. */
const noSpace = new Set([10023, 10028, 10047]);
const storeFailed = 10077;
const tooLarge = 10054;

/**
 * What an error ack means: `wrong-expectation`, or the DaybookError to throw. What we do not know is a time-out:
 * the message may have been stored.
 */
export function refusal(error: NonNullable<Ack['error']>): 'wrong-expectation' | DaybookError {
  const { err_code = 0, description = '' } = error;
  if (wrongSequence.has(err_code)) return 'wrong-expectation';
  if (noSpace.has(err_code)) return new DaybookError('log.full');
  if (err_code === tooLarge) return new DaybookError('log.commit-too-large');
  if (err_code === storeFailed && /space|resource|maximum|exceed/i.test(description)) {
    return new DaybookError('log.full');
  }
  return new DaybookError('log.timeout', `The event log answered: ${description} (${err_code}).`);
}

/** Errors of the JetStream API as the log's own. */
export function ofApi(error: unknown): unknown {
  if (isDaybookError(error)) return error;
  if (!(error instanceof ApiError)) return error;
  return new DaybookError('log.unavailable', `The event log answered: ${error.message} (${error.apiCode}).`);
}

import { ErrorType, isCommandError } from '@eventstore/db-client';
import { DaybookError, isDaybookError } from '../../../schemas/errors.ts';

/** gRPC's RESOURCE_EXHAUSTED. */
const exhausted = 8;
const neverSent =
  /No connection established|ECONNREFUSED|Failed to connect|Name resolution|EHOSTUNREACH|ENOTFOUND/;

const codeOf = (error: unknown): number | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;

export const isOf = (error: unknown, type: ErrorType): boolean =>
  error instanceof Error && isCommandError(error) && error.type === type;

/**
 * The log's error for one of EventStoreDB's. `sent`: the server may have carried it out though its answer is missing;
 * `address`: of the server, for people.
 */
export function failure(error: unknown, sent: boolean, address: string): unknown {
  if (error instanceof DaybookError) return error;
  const cause = { cause: error };
  if (codeOf(error) === exhausted) return new DaybookError('log.full', undefined, {}, cause);
  if (isOf(error, ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED))
    return new DaybookError('log.commit-too-large', undefined, {}, cause);
  if (isOf(error, ErrorType.ACCESS_DENIED))
    return new DaybookError(
      'log.unavailable',
      `EventStoreDB at ${address} refuses the account: it must read $all and append to streams.`,
      {},
      cause,
    );
  const message = error instanceof Error ? error.message : '';
  const certain = !sent || neverSent.test(message);
  return certain
    ? new DaybookError('log.unavailable', `EventStoreDB at ${address} cannot be reached.`, {}, cause)
    : new DaybookError('log.timeout', undefined, {}, cause);
}

/** What is done once the log has stored something: no failure says any more that it is not. */
export async function afterAppend<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isDaybookError(error, 'log.unavailable')) throw error;
    throw new DaybookError('log.timeout', undefined, {}, { cause: error });
  }
}

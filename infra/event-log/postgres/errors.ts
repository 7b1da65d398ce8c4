import pg from 'pg';
import { DaybookError, isDaybookError } from '../../../schemas/errors.ts';

/** Class 08: the connection; 57P01-57P03: the server is ending or starting. */
const connectionLost = /^(08|57P0)/;
/** Raised by log.lock_head. */
const otherEpoch = 'DB001';
const noSpace = /^53(1|2)00$|^54000$/;

/**
 * A failure as the log's own. Where Postgres itself refused, nothing is stored. Where the connection broke after
 * the statement was sent, no one knows.
 */
export function failure(error: unknown, sent: boolean): DaybookError {
  if (isDaybookError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof pg.DatabaseError && error.code !== undefined) {
    if (error.code === otherEpoch) {
      return new DaybookError(
        'log.history-changed',
        `The log was recreated: ${message}.`,
        {},
        { cause: error },
      );
    }
    if (noSpace.test(error.code)) return new DaybookError('log.full', undefined, {}, { cause: error });
    if (!connectionLost.test(error.code)) {
      return new DaybookError('log.unavailable', `The event log answered: ${message}`, {}, { cause: error });
    }
  }
  return new DaybookError(sent ? 'log.timeout' : 'log.unavailable', undefined, {}, { cause: error });
}

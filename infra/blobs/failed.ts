import { DaybookError } from '../../schemas/errors.ts';

/** What the file system says, as our own error. */
export function failed(error: unknown): DaybookError {
  if (error instanceof DaybookError) return error;
  const full = error instanceof Error && 'code' in error && error.code === 'ENOSPC';
  return new DaybookError(
    'blobs.unavailable',
    full ? 'There is no room left for files.' : undefined,
    {},
    { cause: error },
  );
}

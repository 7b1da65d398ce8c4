import type { Position } from '../../bounded-contexts/kernel/index.ts';
import { waitFor } from '../../projections/queries.ts';
import type { ManagementPorts } from './ports.ts';

/** Waits until the named projections include the caller's `?after=`, where it gave one. */
export async function afterPosition(
  ports: ManagementPorts,
  token: string | undefined,
  projections: readonly string[],
): Promise<void> {
  if (token === undefined) return;
  const position: Position = ports.positions.decode(token);
  await waitFor(ports.store, position, projections);
}

/** Cursors of the queries as callers see them: opaque, and of one query only. */
export const dateOf = (text: string | undefined): Date | undefined =>
  text === undefined ? undefined : new Date(text);

import { type Position, parsePosition } from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import type { ReadStore } from '../ports.ts';
import { pause } from './pause.ts';

/**
 * Resolves once each of the named projectors has applied the log up to `after`; for reading what one wrote, in
 * whatever process the projectors run. Throws `read-store.behind` after `timeoutMs`, and
 * `log.history-changed` for a position of another history.
 */
export async function waitFor(
  store: ReadStore,
  after: Position,
  names: readonly string[],
  timeoutMs = 5000,
): Promise<void> {
  const { epoch, stream, sequence } = parsePosition(after);
  const deadline = performance.now() + timeoutMs;
  for (let wait = 2; ; wait = Math.min(wait * 1.5, 25)) {
    const { rows } = await store.withoutTenant((sql) =>
      sql.query<{ projector: string; epoch: string; sequence: string; complete: boolean }>(
        `select c.projector, c.epoch, c.sequence, g.complete
         from read.checkpoints c join read.generations g using (projector, generation)
         where g.state = 'live' and c.stream = $1 and c.projector = any($2)`,
        [stream, names],
      ),
    );
    if (rows.some((row) => row.epoch !== epoch)) throw new DaybookError('log.history-changed');
    const there = rows.filter((row) => row.complete && Number(row.sequence) >= sequence);
    if (there.length === names.length) return;
    if (performance.now() + wait > deadline) {
      const reached = new Set(there.map(({ projector }) => projector));
      throw new DaybookError('read-store.behind', undefined, {
        projection: names.filter((name) => !reached.has(name)).join(','),
      });
    }
    await pause(wait);
  }
}

import type { ReadStore, Session } from '../ports.ts';

/** Asks whatever process runs the projectors to rebuild one; resolves once the request is stored. */
export async function requestRebuild(store: ReadStore, projector: string): Promise<void> {
  const session = await store.session();
  try {
    await session.query(
      'insert into read.rebuild_requests (projector) values ($1) on conflict (projector) do nothing',
      [projector],
    );
  } finally {
    await session.end();
  }
}

/** Takes the requests that are waiting; each is taken by one process only. */
export async function takeRebuildRequests(session: Session): Promise<string[]> {
  const { rows } = await session.query<{ projector: string }>(
    'delete from read.rebuild_requests returning projector',
  );
  return rows.map(({ projector }) => projector);
}

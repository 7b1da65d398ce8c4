import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { documentStatus } from '../../../schemas/knowledge.ts';
import { sseEvents } from '../../providers/wire/index.ts';
import { call, type Local } from '../local.ts';

const said = z.object({
  document: z.string(),
  revision: z.number().optional(),
  status: documentStatus,
  chunks: z.number().optional(),
  failure: z.object({ code: z.string(), reason: z.string() }).optional(),
  position: z.string(),
});
export type Said = z.infer<typeof said>;

/** What becomes of documents, as the gateway tells it. */
export interface Outcomes {
  /** Resolves once a revision is indexed or failed, or a later one, or none, took its place. */
  of(document: string, revision: number): Promise<Said>;
  stop(): void;
}

const againMs = 500;
const ended = new Set<Said['status']>(['indexed', 'failed', 'deleted']);

/** Follows the progress of a department's documents from a position on, over lost connections. */
export function outcomes(
  here: Local,
  department: string,
  from: string,
  onProgress: (said: Said) => void,
): Outcomes {
  const known = new Map<string, Said>();
  const waiting = new Map<string, { revision: number; resolve: (said: Said) => void }[]>();
  const stopping = new AbortController();
  const { signal } = stopping;
  let after = from;

  const settles = (revision: number, one: Said): boolean =>
    one.status === 'deleted' ||
    (one.revision !== undefined &&
      (one.revision > revision || (one.revision === revision && ended.has(one.status))));

  function hear(one: Said): void {
    after = one.position;
    known.set(one.document, one);
    onProgress(one);
    const open = waiting.get(one.document) ?? [];
    for (const { revision, resolve } of open) if (settles(revision, one)) resolve(one);
    waiting.set(
      one.document,
      open.filter(({ revision }) => !settles(revision, one)),
    );
  }

  const path = `/api/v1/knowledge/${encodeURIComponent(department)}/progress`;
  void (async () => {
    while (!signal.aborted) {
      try {
        const { body } = await call(here, 'GET', path, { headers: { 'last-event-id': after }, signal });
        if (body) for await (const { data } of sseEvents(body)) hear(said.parse(JSON.parse(data)));
      } catch {
        // The gateway starts again, or the line broke: go on where it ended.
      }
      await pause(againMs, undefined, { signal }).catch(() => undefined);
    }
  })();

  return {
    of(document, revision) {
      const last = known.get(document);
      if (last && settles(revision, last)) return Promise.resolve(last);
      return new Promise((resolve) => {
        waiting.set(document, [...(waiting.get(document) ?? []), { revision, resolve }]);
      });
    },
    stop: () => stopping.abort(),
  };
}

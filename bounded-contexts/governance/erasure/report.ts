import type { EventData } from '../../../schemas/events/index.ts';
import { type EventLog, type Position, subjectOf } from '../../kernel/index.ts';

/** What the log says of an erasure. */
export interface ErasureReport {
  readonly subject: string;
  /** The person whose session it was. */
  readonly because: string | null;
  readonly erased: { readonly at: number; readonly by: string; readonly position: Position };
  /** Null while it is carried out. */
  readonly completed:
    | (EventData<'subject.erasure.completed'> & { readonly at: number; readonly position: Position })
    | null;
}

/** Null where nobody of that id was erased. */
export async function erasureReport(
  log: Pick<EventLog, 'read'>,
  tenant: string,
  subject: string,
): Promise<ErasureReport | null> {
  let report: ErasureReport | null = null;
  for await (const { commit, position } of log.read(subjectOf(tenant, 'subject', subject), null)) {
    for (const event of commit.events) {
      if (event.type === 'subject.erased' && report === null)
        report = {
          subject,
          because: event.data.because ?? null,
          erased: { at: commit.at, by: commit.actor, position },
          completed: null,
        };
      if (event.type === 'subject.erasure.completed' && report?.completed === null)
        report = { ...report, completed: { ...event.data, at: commit.at, position } };
    }
  }
  return report;
}

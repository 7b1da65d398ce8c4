/**
 * The event log on EventStoreDB: for mirrors and archives. One stream an aggregate, one event for each of ours, so
 * that its category and correlation projections work on them. It counts what it holds when it is opened: see ADR 0052.
 */
import { randomBytes } from 'node:crypto';
import type { ContentLog, EventLog } from '../../../bounded-contexts/kernel/index.ts';
import { addressOf, esdbClient } from './client.ts';
import { esdbContents } from './contents.ts';
import { epochGuard, epochMade } from './epoch.ts';
import { aboutEvent, holdsCommits, tenantOfContents } from './form.ts';
import { indexOfAll } from './index-of-all.ts';
import { esdbLog } from './log.ts';

export interface EsdbOptions {
  /** `esdb://…` or `esdb+discover://…`. */
  readonly url: string;
}

/** Opens the log, and makes it where there is none. Throws `log.unavailable`. */
export async function openEsdbLog({
  url,
}: EsdbOptions): Promise<EventLog & { readonly contents: ContentLog }> {
  const client = esdbClient(url);
  const epoch = await epochMade(client, randomBytes(6).toString('hex'));
  const guard = epochGuard(client, epoch);
  const commits = indexOfAll(client, guard, (event) => {
    if (!holdsCommits(event.streamId)) return undefined;
    const about = aboutEvent(event);
    return about && { commit: about.commit, last: about.index === about.count - 1 };
  });
  const contents = indexOfAll(client, guard, ({ streamId, id }) =>
    tenantOfContents(streamId) === undefined ? undefined : { commit: id, last: true },
  );
  const parts = { client, epoch, guard, address: addressOf(url) };
  return { ...esdbLog({ ...parts, index: commits }), contents: esdbContents({ ...parts, index: contents }) };
}

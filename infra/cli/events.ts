import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import {
  type EventLog,
  eventId,
  everything,
  type LogCheckpoint,
  parsePosition,
  parseSubject,
  type Recorded,
} from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { exitCodes } from './exit-codes.ts';
import { local, withParts } from './local.ts';
import { type Output, progressBar } from './output.ts';

interface Filter {
  readonly type?: string;
  readonly tenant?: string;
  readonly family?: string;
}

/** One event as the command line shows it. */
function shown(recorded: Recorded, index: number) {
  const { commit, subject, position } = recorded;
  const event = commit.events[index];
  const { tenant, family, id: aggregate } = parseSubject(subject);
  return {
    id: eventId(commit, index),
    type: event?.type ?? '',
    at: new Date(commit.at).toISOString(),
    tenant,
    family,
    ...(aggregate === undefined ? {} : { aggregate }),
    position,
    actor: event?.by?.actor ?? commit.actor,
    ...(event?.by?.command === undefined && commit.causation === undefined
      ? {}
      : { causation: event?.by?.command ?? commit.causation }),
    data: event?.data,
  };
}

type Shown = ReturnType<typeof shown>;

const matches = (event: Shown, { type, tenant, family }: Filter): boolean =>
  (type === undefined || event.type === type || event.type.startsWith(`${type}.`)) &&
  (tenant === undefined || event.tenant === tenant) &&
  (family === undefined || event.family === family);

const asText = (event: Shown): string => {
  const data = JSON.stringify(event.data);
  return `${event.at}  ${event.type.padEnd(26)}  ${event.tenant}  ${data.length > 200 ? `${data.slice(0, 197)}…` : data}`;
};

/** `events tail`: what happens, as it happens; `--from-start` shows all that did. */
export function tail(flags: Filter & { fromStart?: boolean; limit?: string }, out: Output): Promise<number> {
  const most = flags.limit === undefined ? Number.POSITIVE_INFINITY : Number(flags.limit);
  if (Number.isNaN(most)) throw new DaybookError('request.invalid', '--limit wants a number.');
  return withParts(local(), async ({ log }) => {
    const from: LogCheckpoint = flags.fromStart
      ? []
      : (await log.info()).streams.flatMap(({ last }) => (last === null ? [] : [last]));
    const subscription = log.subscribe(everything, from);
    process.once('SIGINT', () => void subscription.stop());
    let count = 0;
    for await (const { commits } of subscription) {
      for (const recorded of commits) {
        for (let index = 0; index < recorded.commit.events.length && count < most; index++) {
          const event = shown(recorded, index);
          if (!matches(event, flags)) continue;
          out.line(event, asText(event));
          count++;
        }
      }
      if (count >= most) break;
    }
    await subscription.stop();
    return exitCodes.ok;
  });
}

/** `events show <id>`: one event, whole. */
export function show(id: string, out: Output): Promise<number> {
  return withParts(local(), async ({ log }) => {
    for await (const event of all(log)) {
      if (event.id !== id && event.position !== id) continue;
      out.result(event, JSON.stringify(event, null, 2));
      return exitCodes.ok;
    }
    throw new DaybookError('resource.not-found', `There is no event ${id}.`);
  });
}

/** `events export <file>`: every event as a line of JSON, in the log's order. */
export function exportEvents(file: string, flags: Filter, out: Output): Promise<number> {
  return withParts(local(), async ({ log }) => {
    const { streams } = await log.info();
    const total = streams.reduce((sum, stream) => sum + stream.commits, 0);
    const target = createWriteStream(file, { flags: 'wx', mode: 0o600 });
    await once(target, 'open');
    const start = performance.now();
    let written = 0;
    let last = '';
    let commits = 0;
    for await (const event of all(log)) {
      if (event.position !== last) {
        last = event.position;
        commits++;
        const rate = commits / ((performance.now() - start) / 1000);
        out.progress(progressBar({ done: commits, total, rate, etaSeconds: (total - commits) / rate }));
      }
      if (!matches(event, flags)) continue;
      written++;
      if (!target.write(`${JSON.stringify(event)}\n`)) await once(target, 'drain');
    }
    target.end();
    await once(target, 'finish');
    out.result({ file, events: written }, `${written} events in ${file}`);
    return exitCodes.ok;
  });
}

/** Every event up to the log's end as it is now. */
async function* all(log: EventLog): AsyncGenerator<Shown> {
  const ends = new Map(
    (await log.info()).streams.flatMap(({ stream, last }) =>
      last === null ? [] : [[stream, parsePosition(last).sequence] as const],
    ),
  );
  if (ends.size === 0) return;
  const subscription = log.subscribe(everything, []);
  for await (const { stream, commits, through } of subscription) {
    const end = ends.get(stream) ?? 0;
    for (const recorded of commits) {
      if (recorded.sequence > end) break;
      for (let index = 0; index < recorded.commit.events.length; index++) yield shown(recorded, index);
    }
    if (parsePosition(through).sequence >= end) ends.delete(stream);
    if (ends.size === 0) break;
  }
  await subscription.stop();
}

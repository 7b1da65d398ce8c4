import {
  type Commit,
  type EventLog,
  eventId,
  type Position,
  type PositionCodec,
  parseSubject,
  type Recorded,
  subjectOf,
} from '../../bounded-contexts/kernel/index.ts';

/** An event as `/events` shows it: the same shape from the index and from the live stream. */
export function publicEvent(
  recorded: Pick<Recorded, 'subject' | 'position'> & { commit: Commit },
  index: number,
  codec: PositionCodec,
) {
  const { commit, subject, position } = recorded;
  const event = commit.events[index];
  const { family, id } = parseSubject(subject);
  return {
    id: eventId(commit, index),
    type: event?.type ?? '',
    at: new Date(commit.at).toISOString(),
    actor: event?.by?.actor ?? commit.actor,
    ...(commit.correlation === undefined ? {} : { correlation: commit.correlation }),
    ...(commit.causation === undefined ? {} : { causation: commit.causation }),
    family,
    ...(id === undefined ? {} : { aggregate: id }),
    position: codec.encode(position),
    data: event?.data ?? null,
  };
}

export interface LogStreamOptions {
  readonly log: EventLog;
  /** What is read of the log. */
  readonly filter: string;
  /** Go on after this position; from now on where it is missing. */
  readonly after: Position | undefined;
  readonly signal: AbortSignal;
  /** Whether its reader may still read: a stream must not outlive the key that opened it. */
  readonly allowed: () => Promise<boolean>;
  /** What is said of one commit, as whole server-sent events. */
  readonly say: (recorded: Recorded) => readonly string[] | Promise<readonly string[]>;
}

export const eventStreamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no',
};

/** One server-sent event. Without an id nobody resumes after it. */
export const sentEvent = (type: string, id: string | undefined, data: unknown): string =>
  `event: ${type}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;

const heartbeatMs = 10_000;
/** How often it is asked whether the reader may still read. */
const lookMs = 500;
/** Messages that may wait for a slow reader before reading of the log pauses. */
const mostWaiting = 500;
const utf8 = new TextEncoder();

/** Server-sent events of what comes onto the log, live. */
export function logStream({
  log,
  filter,
  after,
  signal,
  allowed,
  say: textsOf,
}: LogStreamOptions): ReadableStream<Uint8Array> {
  let cancel = () => {};
  return new ReadableStream({
    async start(controller) {
      // A slow reader holds up its own subscription, nobody else's memory.
      const roomy = async () => {
        while ((controller.desiredSize ?? 0) < -mostWaiting && !signal.aborted)
          await new Promise((resolve) => setTimeout(resolve, 20));
      };
      const say = (text: string) => {
        try {
          controller.enqueue(utf8.encode(text));
        } catch {
          cancel();
        }
      };
      const from = after ?? (await endOf(log));
      const subscription = log.subscribe(filter, [from].flat(), { maxCommits: 100 });
      const heartbeat = setInterval(() => say(': still here\n\n'), heartbeatMs);
      const guarding = setInterval(() => {
        void allowed().then((still) => {
          if (!still) cancel();
        });
      }, lookMs);
      cancel = () => {
        clearInterval(heartbeat);
        clearInterval(guarding);
        void subscription.stop();
      };
      signal.addEventListener('abort', cancel, { once: true });
      say('retry: 1000\n\n');
      try {
        for await (const batch of subscription) {
          await roomy();
          for (const recorded of batch.commits) for (const text of await textsOf(recorded)) say(text);
        }
        controller.close();
      } catch {
        // The log changed its history or is gone: the client comes back and is told by its next request.
        try {
          controller.close();
        } catch {
          // The client left first.
        }
      } finally {
        cancel();
      }
    },
    cancel: () => cancel(),
  });
}

export interface EventStreamOptions extends Pick<LogStreamOptions, 'log' | 'after' | 'signal' | 'allowed'> {
  readonly codec: PositionCodec;
  readonly tenant: string;
  readonly types: ReadonlySet<string> | undefined;
}

/** Server-sent events of one tenant, live. `id:` is a position, so that a dropped connection goes on without a gap. */
export function eventStream({
  codec,
  tenant,
  types,
  ...rest
}: EventStreamOptions): ReadableStream<Uint8Array> {
  const prefix = subjectOf(tenant, 'x').slice(0, -1);
  return logStream({
    ...rest,
    filter: `${prefix}>`,
    say: (recorded) =>
      recorded.commit.events.flatMap(({ type }, index) => {
        if (types && !types.has(type)) return [];
        const shown = publicEvent(recorded, index, codec);
        // Only the last event of a commit may be resumed after: a commit is delivered whole.
        const last = index === recorded.commit.events.length - 1;
        return [sentEvent(type, last ? shown.position : undefined, shown)];
      }),
  });
}

async function endOf(log: EventLog): Promise<Position[]> {
  return (await log.info()).streams.flatMap((stream) => (stream.last === null ? [] : [stream.last]));
}

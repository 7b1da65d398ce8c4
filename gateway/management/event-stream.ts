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

export interface EventStreamOptions {
  readonly log: EventLog;
  readonly codec: PositionCodec;
  readonly tenant: string;
  /** Go on after this position; from now on where it is missing. */
  readonly after: Position | undefined;
  readonly types: ReadonlySet<string> | undefined;
  readonly signal: AbortSignal;
  /** Whether its reader may still read: a stream must not outlive the key that opened it. */
  readonly allowed: () => Promise<boolean>;
}

const heartbeatMs = 10_000;
/** How often it is asked whether the reader may still read. */
const lookMs = 500;
/** Messages that may wait for a slow reader before reading of the log pauses. */
const mostWaiting = 500;
const utf8 = new TextEncoder();

/** Server-sent events of one tenant, live. `id:` is a position, so that a dropped connection goes on without a gap. */
export function eventStream({
  log,
  codec,
  tenant,
  after,
  types,
  signal,
  allowed,
}: EventStreamOptions): ReadableStream<Uint8Array> {
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
      const prefix = subjectOf(tenant, 'x').slice(0, -1);
      const from = after ?? (await endOf(log));
      const subscription = log.subscribe(`${prefix}>`, from === null ? [] : [from].flat(), {
        maxCommits: 100,
      });
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
          for (const recorded of batch.commits) {
            recorded.commit.events.forEach((event, index) => {
              if (types && !types.has(event.type)) return;
              const shown = publicEvent(recorded, index, codec);
              // Only the last event of a commit may be resumed after: a commit is delivered whole.
              const id = index === recorded.commit.events.length - 1 ? `id: ${shown.position}\n` : '';
              say(`event: ${event.type}\n${id}data: ${JSON.stringify(shown)}\n\n`);
            });
          }
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

async function endOf(log: EventLog): Promise<Position[]> {
  return (await log.info()).streams.flatMap((stream) => (stream.last === null ? [] : [stream.last]));
}

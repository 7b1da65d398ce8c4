import {
  type AllStreamRecordedEvent,
  type AppendExpectedRevision,
  BACKWARDS,
  type Credentials,
  END,
  ErrorType,
  type EventData,
  EventStoreDBClient,
  FORWARDS,
  type RecordedEvent,
  START,
} from '@eventstore/db-client';
import { DaybookError } from '../../../schemas/errors.ts';
import { failure, isOf } from './failure.ts';
import { eventsOfRead } from './reading.ts';

export interface Appended {
  /** Revision of the last event; undefined where the expectation was wrong. */
  readonly revision: bigint | undefined;
}

/** What the log needs of EventStoreDB; all failures are the log's. */
export interface EsdbClient {
  append(stream: string, events: readonly EventData[], expected: AppendExpectedRevision): Promise<Appended>;
  /** From `revision` on, or (undefined) from the end backwards. Nothing where there is no such stream. */
  stream(name: string, revision: bigint | undefined, most: number): Promise<readonly RecordedEvent[]>;
  /** The whole log from `position` on, that event included; null: from its beginning. Ends at its present end. */
  all(position: bigint | null, most?: number): AsyncGenerator<AllStreamRecordedEvent>;
  close(): Promise<void>;
}

/** Appends on their way at a time: those that wait on the wire would use up their time there. */
const mostInFlight = 32;

/** `url`: `esdb://…`, as EventStoreDB's own clients take it. Connects with the first request. */
export function esdbClient(url: string): EsdbClient {
  const client = connected(withDeadline(url));
  const credentials = credentialsIn(url);
  const address = addressOf(url);
  const inTurn = gate(mostInFlight);

  return {
    async append(stream, events, expectedRevision) {
      try {
        const { success, nextExpectedRevision } = await inTurn(() =>
          withinTime(
            client.appendToStream(stream, [...events], {
              expectedRevision,
              ...(credentials && { credentials }),
            }),
          ),
        );
        return { revision: success ? nextExpectedRevision : undefined };
      } catch (error) {
        if (isOf(error, ErrorType.WRONG_EXPECTED_VERSION)) return { revision: undefined };
        throw failure(error, true, address);
      }
    },
    async stream(name, revision, most) {
      const events: RecordedEvent[] = [];
      const read = client.readStream(name, {
        fromRevision: revision ?? END,
        direction: revision === undefined ? BACKWARDS : FORWARDS,
        maxCount: most,
      });
      try {
        for await (const { event } of eventsOfRead(read)) if (event) events.push(event);
      } catch (error) {
        if (isOf(error, ErrorType.STREAM_NOT_FOUND)) return [];
        throw failure(error, false, address);
      }
      return events;
    },
    async *all(position, most) {
      const read = client.readAll({
        fromPosition: position === null ? START : { commit: position, prepare: position },
        ...(most === undefined ? {} : { maxCount: most }),
      });
      try {
        for await (const { event } of eventsOfRead(read)) if (event) yield event;
      } catch (error) {
        throw failure(error, false, address);
      }
    },
    close: () => client.dispose(),
  };
}

function connected(url: string): EventStoreDBClient {
  try {
    return EventStoreDBClient.connectionString(url);
  } catch {
    // Its own message shows the URL, password included.
    throw new DaybookError(
      'config.invalid',
      'The URL of EventStoreDB cannot be read; it looks like esdb://user:password@host:2113?tls=false.',
    );
  }
}

/** Its client waits ten seconds for an answer by default: longer than whoever appends may wait. */
const withDeadline = (url: string): string =>
  /[?&]defaultDeadline=/i.test(url)
    ? url
    : `${url}${url.includes('?') ? '&' : /\/$/.test(url) ? '?' : '/?'}defaultDeadline=3000`;

/**
 * Appends name their credentials, which makes the client give each a call of its own, with a deadline. Otherwise all
 * clients of a process share one table of appends in flight, and the failure of one connection fails them all.
 * Without TLS the client sends none.
 */
function credentialsIn(url: string): Credentials | undefined {
  const [, username, password = ''] = /^[^:]+:\/\/([^:@/]+)(?::([^@/]*))?@/.exec(url) ?? [];
  if (username !== undefined)
    return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  return /[?&]tls=false/i.test(url) ? { username: '', password: '' } : undefined;
}

/** Without who signs in, and without options. */
export const addressOf = (url: string): string => url.replace(/\/\/[^@/]*@/, '//').replace(/\/?(\?.*)?$/, '');

/** A deadline that also holds where the client knows none. */
async function withinTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DaybookError('log.timeout')), 4_000);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs at most so many at a time, in the order of their coming. */
function gate(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = most;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}

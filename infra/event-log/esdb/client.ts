import {
  type AllStreamRecordedEvent,
  type AppendExpectedRevision,
  BACKWARDS,
  END,
  ErrorType,
  type EventData,
  EventStoreDBClient,
  FORWARDS,
  isCommandError,
  type RecordedEvent,
  START,
} from '@eventstore/db-client';
import { DaybookError } from '../../../schemas/errors.ts';

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

const codeOf = (error: unknown): number | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;

/** gRPC's RESOURCE_EXHAUSTED. */
const exhausted = 8;
const neverSent =
  /No connection established|ECONNREFUSED|Failed to connect|Name resolution|EHOSTUNREACH|ENOTFOUND/;

/** `sent`: the server may have carried it out though its answer is missing. */
function failure(error: unknown, sent: boolean): unknown {
  if (error instanceof DaybookError) return error;
  const cause = { cause: error };
  if (codeOf(error) === exhausted) return new DaybookError('log.full', undefined, {}, cause);
  if (
    error instanceof Error &&
    isCommandError(error) &&
    error.type === ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED
  )
    return new DaybookError('log.commit-too-large', undefined, {}, cause);
  const message = error instanceof Error ? error.message : '';
  const certain = !sent || neverSent.test(message);
  return new DaybookError(certain ? 'log.unavailable' : 'log.timeout', undefined, {}, cause);
}

/** `url`: `esdb://…`, as EventStoreDB's own clients take it. Connects with the first request. */
export function esdbClient(url: string): EsdbClient {
  const client = EventStoreDBClient.connectionString(withDeadline(url));

  /** Answers where there is no such stream with nothing. */
  async function collected(read: AsyncIterable<{ event?: RecordedEvent }>): Promise<RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    try {
      for await (const { event } of read) if (event) events.push(event);
    } catch (error) {
      if (error instanceof Error && isCommandError(error) && error.type === ErrorType.STREAM_NOT_FOUND)
        return [];
      throw failure(error, false);
    }
    return events;
  }

  return {
    async append(stream, events, expectedRevision) {
      try {
        const { success, nextExpectedRevision } = await client.appendToStream(stream, [...events], {
          expectedRevision,
        });
        return { revision: success ? nextExpectedRevision : undefined };
      } catch (error) {
        if (
          error instanceof Error &&
          isCommandError(error) &&
          error.type === ErrorType.WRONG_EXPECTED_VERSION
        )
          return { revision: undefined };
        throw failure(error, true);
      }
    },
    stream: (name, revision, most) =>
      collected(
        client.readStream(name, {
          fromRevision: revision ?? END,
          direction: revision === undefined ? BACKWARDS : FORWARDS,
          maxCount: most,
        }),
      ),
    async *all(position, most) {
      const read = client.readAll({
        fromPosition: position === null ? START : { commit: position, prepare: position },
        ...(most === undefined ? {} : { maxCount: most }),
      });
      let ended = false;
      try {
        for await (const { event } of read) if (event) yield event;
        ended = true;
      } catch (error) {
        ended = true;
        throw failure(error, false);
      } finally {
        // What nobody reads any more would fill the connection's window, and stop all that shares it.
        if (!ended) await read.cancel();
      }
    },
    close: () => client.dispose(),
  };
}

/** Its client waits ten seconds for an answer by default: longer than whoever appends may wait. */
const withDeadline = (url: string): string =>
  /[?&]defaultDeadline=/i.test(url)
    ? url
    : `${url}${url.includes('?') ? '&' : /\/$/.test(url) ? '?' : '/?'}defaultDeadline=3000`;

import { headers, type NatsConnection } from 'nats';
import {
  type AppendOptions,
  type AppendResult,
  type Batch,
  type Commit,
  decodeCommit,
  type EventLog,
  type Expected,
  encodeCommit,
  type LogInfo,
  type Position,
  parsePosition,
  position,
  type Recorded,
  type Subject,
  sequenceOf,
} from '../../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../../schemas/errors.ts';
import { messageId } from '../message-id.ts';
import { stoppable } from '../subscription.ts';
import { type Ack, ofApi, refusal } from './answers.ts';
import { consume, type Delivered } from './consume.ts';
import { follow } from './follow.ts';
import { getMessage, type StoredMessage } from './messages.ts';
import { type Layout, type StreamState, streamOf } from './streams.ts';
import type { Wire } from './wire.ts';

export interface JetStreamLogParts {
  readonly connection: NatsConnection;
  readonly wire: Wire;
  readonly layout: Layout;
  readonly version: string;
  readonly address: string;
  readonly durability: string;
  /** By stream, the last sequence that was acknowledged to us; kept up to date here. */
  readonly seen: number[];
}

/** Consumers of one read that may end before its end. */
const mostBreaks = 3;
/** Most gets, each of one commit, before a read takes a consumer, which costs two round trips itself. */
const getsBeforeConsumer = 3;

/** `es.07.acme.ledger` → 7: where the subject's tenant lies. */
const partitionOfSubject = (subject: string): number => Number(subject.slice(3, 5));

export function jetStreamLog(parts: JetStreamLogParts): EventLog {
  const { connection, wire, layout, seen } = parts;
  const { epoch, streams } = layout;

  const nameOf = (stream: number): string => {
    const name = layout.events[stream];
    if (name === undefined) throw new DaybookError('log.history-changed', `The log has no stream ${stream}.`);
    return name;
  };
  const streamOfSubject = (subject: string) => streamOf(partitionOfSubject(subject), streams);

  const sequenceHere = (of: Position): number => {
    if (of.startsWith(epoch) && of.charCodeAt(epoch.length) === 45) return sequenceOf(of);
    throw new DaybookError('log.history-changed', `The position is not of the log's epoch, ${epoch}.`);
  };

  const recorded = (stream: number, message: StoredMessage | Delivered): Recorded => ({
    position: position(epoch, stream, message.sequence),
    stream,
    sequence: message.sequence,
    subject: message.subject as Subject,
    commit: decodeCommit(message.data),
    bytes: message.data.length,
  });

  async function append(
    subject: Subject,
    commit: Commit,
    expected: Expected,
    options: AppendOptions = {},
  ): Promise<AppendResult> {
    const body = encodeCommit(commit);
    const own = headers();
    own.set('Nats-Msg-Id', messageId(subject, options.commandId ?? commit.id));
    if (expected !== 'any') {
      own.set(
        'Nats-Expected-Last-Subject-Sequence',
        expected === 'none' ? '0' : String(sequenceHere(expected)),
      );
    }
    const ack = (await wire.request(subject, body, own)).json<Ack>();
    if (ack.error) {
      const reason = refusal(ack.error);
      if (reason === 'wrong-expectation') return { outcome: reason };
      throw reason;
    }
    const stream = streamOfSubject(subject);
    const sequence = ack.seq as number;
    if (sequence > (seen[stream] ?? 0)) seen[stream] = sequence;
    if (layout.replicas > 1 && expected !== 'any' && !ack.duplicate) {
      // The second fence: replicas that did not enforce the expectation would show another's commit first.
      const next = await after(subject, expected === 'none' ? null : expected).catch((error: unknown) => {
        throw new DaybookError('log.timeout', undefined, {}, { cause: error });
      });
      if (next?.commit.id !== commit.id) return { outcome: 'wrong-expectation' };
    }
    return {
      outcome: ack.duplicate ? 'duplicate' : 'appended',
      position: position(epoch, stream, sequence),
    };
  }

  async function get(stream: number, which: Parameters<typeof getMessage>[2]): Promise<Recorded | null> {
    const message = await getMessage(wire, nameOf(stream), which);
    return message && recorded(stream, message);
  }

  const after = (subject: Subject, of: Position | null) =>
    get(streamOfSubject(subject), {
      seq: of === null ? 1 : sequenceHere(of) + 1,
      next_by_subj: subject,
    });

  const last = (subject: Subject) => get(streamOfSubject(subject), { last_by_subj: subject });

  async function* read(subject: Subject, from: Position | null): AsyncGenerator<Recorded> {
    const stream = streamOfSubject(subject);
    let at = from === null ? 0 : sequenceHere(from);
    const end = await last(subject);
    for (let gets = 0; end && end.sequence > at && gets < getsBeforeConsumer; gets++) {
      const next = await get(stream, { seq: at + 1, next_by_subj: subject });
      if (!next || next.sequence > end.sequence) return;
      at = next.sequence;
      yield next;
    }
    if (!end || end.sequence <= at) return;
    for (let broken = 0; at < end.sequence; broken++) {
      if (broken === mostBreaks) throw new DaybookError('log.unavailable');
      const aborted = new AbortController();
      const consumer = await consume(
        connection,
        wire,
        nameOf(stream),
        subject,
        at + 1,
        1000,
        0,
        aborted.signal,
      ).catch((error: unknown) => {
        throw ofApi(error);
      });
      try {
        while (at < end.sequence) {
          const messages = await consumer.take(1000, 5000);
          // In a cluster a consumer ends with the server that had it: another one goes on from here.
          if (messages.length === 0) break;
          for (const message of messages) {
            if (message.sequence > end.sequence) return;
            at = message.sequence;
            yield recorded(stream, message);
          }
        }
      } finally {
        consumer.close();
      }
    }
  }

  return {
    append,
    after,
    read,
    last,

    async at(of) {
      const { epoch: asked, stream, sequence } = parsePosition(of);
      if (asked !== epoch || layout.events[stream] === undefined || sequence < 1) return null;
      return get(stream, { seq: sequence });
    },

    subscribe(filter, from, { maxCommits = 1000, idleMs = 100, paceMs = 0, onStored } = {}) {
      return stoppable<Batch>((signal) =>
        layout.events.map(async function* (name, stream): AsyncGenerator<Batch> {
          const start = from.find((of) => parsePosition(of).stream === stream);
          const runs = follow({
            connection,
            wire,
            epoch,
            stream,
            name,
            filter: filter === 'es.>' ? undefined : filter,
            filteredByServer: streams === 1,
            after: start === undefined ? 0 : sequenceHere(start),
            batch: maxCommits,
            idleMs,
            paceMs,
            mayEnd: false,
            signal,
          });
          for await (const { messages, through, caughtUp } of runs) {
            if (onStored)
              for (const { sequence, subject, data } of messages)
                onStored({ stream, sequence, subject, body: data });
            yield {
              stream,
              commits: messages.map((message) => recorded(stream, message)),
              through: position(epoch, stream, through),
              caughtUp,
            };
          }
        }),
      );
    },

    async info(): Promise<LogInfo> {
      try {
        if (!wire.up) throw new DaybookError('log.unavailable');
        const states = await Promise.all(
          layout.events.map((name) => wire.api<StreamState>(`STREAM.INFO.${name}`, {})),
        );
        return {
          adapter: 'jetstream',
          version: parts.version,
          address: parts.address,
          durability: parts.durability,
          epoch,
          replicas: layout.replicas,
          streams: states.map(({ state }, stream) => ({
            stream,
            name: nameOf(stream),
            commits: state.messages,
            bytes: state.bytes,
            first: state.messages === 0 ? null : position(epoch, stream, state.first_seq),
            last: state.last_seq === 0 ? null : position(epoch, stream, state.last_seq),
          })),
        };
      } catch (error) {
        throw ofApi(error);
      }
    },

    close: () => wire.close(),
  };
}

import type { NatsConnection } from 'nats';
import type { StoredCommits } from '../../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../../schemas/errors.ts';
import { ofApi } from './answers.ts';
import type { Delivered } from './consume.ts';
import { follow } from './follow.ts';
import { checkHistory, type Layout, type StreamState } from './streams.ts';
import type { Wire } from './wire.ts';

export interface Between {
  readonly connection: NatsConnection;
  readonly wire: Wire;
  readonly epoch: string;
  readonly stream: number;
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** The messages of a stream in `from`..`to`; ends with `to` or with the end that the stream has at the call. */
export async function* messagesBetween(of: Between): AsyncGenerator<readonly Delivered[]> {
  const { connection, wire, epoch, stream, name, from, to } = of;
  const info = await wire.api<StreamState>(`STREAM.INFO.${name}`, {}).catch((error: unknown) => {
    throw ofApi(error);
  });
  checkHistory(info, epoch, stream, 0, true);
  const end = Math.min(to, info.state.last_seq);
  if (from > end) return;
  const stopping = new AbortController();
  const runs = follow({
    connection,
    wire,
    epoch,
    stream,
    name,
    filter: undefined,
    filteredByServer: false,
    after: from - 1,
    batch: 500,
    idleMs: 100,
    paceMs: 0,
    // Reads also what is left of a stream that lost its beginning: what is missing, the reader sees.
    mayEnd: true,
    signal: stopping.signal,
  });
  try {
    for await (const { messages, through } of runs) {
      const within = messages.filter(({ sequence }) => sequence <= end);
      if (within.length > 0) yield within;
      if (through >= end) return;
    }
  } finally {
    stopping.abort();
  }
}

export function jetStreamStored(connection: NatsConnection, wire: Wire, layout: Layout): StoredCommits {
  return {
    async *stored(stream, from, to) {
      const name = layout.events[stream];
      if (name === undefined)
        throw new DaybookError('log.history-changed', `The log has no stream ${stream}.`);
      const between = { connection, wire, epoch: layout.epoch, stream, name, from, to };
      for await (const run of messagesBetween(between)) {
        yield run.map(({ sequence, subject, data }) => ({ stream, sequence, subject, body: data }));
      }
    },
  };
}

import featuresGrpc from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import empty from '@eventstore/db-client/generated/shared_pb.js';
import status from '@eventstore/db-client/generated/status_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import {
  type handleBidiStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
} from '@grpc/grpc-js';
import anyPb from 'google-protobuf/google/protobuf/any_pb.js';
import googleEmpty from 'google-protobuf/google/protobuf/empty_pb.js';

/**
 * As much of EventStoreDB as the public Streams protocol shows of it: streams with revisions, `$all` with positions,
 * expectations, and events that are stored once by their ids. In memory; for tests where no server is at hand.
 */
export interface EsdbServer {
  readonly url: string;
  readonly port: number;
  /** Events in the order of `$all`. */
  readonly events: StoredEvent[];
  /** Ends all connections at once, and serves again what was stored. */
  restart(): Promise<void>;
  /** Loses all events but the first so many. */
  truncate(keep: number): void;
  /** From now on appends are refused beyond so many events. */
  limit(most: number): void;
  stop(): Promise<void>;
}

export interface StoredEvent {
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: number;
  readonly metadata: ReadonlyMap<string, string>;
  readonly custom: Uint8Array;
  readonly data: Uint8Array;
}

type Expected =
  | { readonly kind: 'any' | 'none' | 'exists' }
  | { readonly kind: 'revision'; readonly revision: number };
type Proposed = Omit<StoredEvent, 'stream' | 'revision' | 'position'>;

/** Bytes that an event takes in the log, roughly: positions are places in it. */
const overhead = 64;
const largestAppend = 1024 * 1024;

export async function startEsdbServer(): Promise<EsdbServer> {
  const events: StoredEvent[] = [];
  const byStream = new Map<string, StoredEvent[]>();
  let most = Number.POSITIVE_INFINITY;
  let end = 0;

  /** The stored events, `wrong` with the present revision, or what else stands in the way. */
  function append(stream: string, expected: Expected, proposed: readonly Proposed[]) {
    const own = byStream.get(stream) ?? [];
    const size = proposed.reduce((sum, { data, custom }) => sum + data.length + custom.length, 0);
    if (size > largestAppend) return { kind: 'too-large' } as const;
    const from =
      expected.kind === 'any' || expected.kind === 'exists'
        ? own.findIndex(({ id }) => id === proposed[0]?.id)
        : expected.kind === 'none'
          ? 0
          : expected.kind === 'revision'
            ? expected.revision + 1
            : -1;
    const before = from < 0 ? [] : own.slice(from, from + proposed.length);
    if (before.length === proposed.length && before.every(({ id }, index) => id === proposed[index]?.id))
      return { kind: 'stored', last: before.at(-1) as StoredEvent } as const;
    const fits =
      expected.kind === 'any' ||
      (expected.kind === 'exists' && own.length > 0) ||
      (expected.kind === 'none' && own.length === 0) ||
      (expected.kind === 'revision' && own.length === expected.revision + 1);
    if (!fits) return { kind: 'wrong', revision: own.length - 1 } as const;
    if (events.length + proposed.length > most) return { kind: 'full' } as const;
    let last: StoredEvent | undefined;
    for (const one of proposed) {
      last = { ...one, stream, revision: own.length, position: end };
      end += one.data.length + one.custom.length + overhead;
      own.push(last);
      events.push(last);
    }
    byStream.set(stream, own);
    return { kind: 'stored', last: last as StoredEvent } as const;
  }

  const batchAppend: handleBidiStreamingCall<streams.BatchAppendReq, streams.BatchAppendResp> = (call) => {
    const open = new Map<string, { stream: string; expected: Expected; proposed: Proposed[] }>();
    call.on('data', (request: streams.BatchAppendReq) => {
      const correlation = request.getCorrelationId();
      const id = correlation?.getString() ?? '';
      const options = request.getOptions();
      if (options)
        open.set(id, {
          stream: nameOf(options.getStreamIdentifier()),
          expected: expectedOf(options),
          proposed: [],
        });
      const batch = open.get(id);
      if (!batch) return;
      for (const message of request.getProposedMessagesList()) {
        batch.proposed.push({
          id: message.getId()?.getString() ?? '',
          metadata: new Map(message.getMetadataMap().getEntryList()),
          custom: message.getCustomMetadata_asU8(),
          data: message.getData_asU8(),
        });
      }
      if (!request.getIsFinal()) return;
      open.delete(id);
      const response = new streams.BatchAppendResp();
      response.setCorrelationId(correlation);
      response.setStreamIdentifier(identifier(batch.stream));
      const result = append(batch.stream, batch.expected, batch.proposed);
      if (result.kind === 'full') {
        call.emit('error', { code: 8, details: 'no space left on the device', metadata: new Metadata() });
        return;
      }
      if (result.kind === 'stored') response.setSuccess(successOf(result.last));
      else response.setError(result.kind === 'wrong' ? wrong(result.revision, batch.expected) : tooLarge());
      call.write(response);
    });
    call.on('end', () => call.end());
  };

  const read: handleServerStreamingCall<streams.ReadReq, streams.ReadResp> = (call) => {
    const options = call.request.getOptions();
    const ofStream = options?.getStream();
    const backwards = options?.getReadDirection() === 1;
    const count = Number(options?.getCount() || Number.MAX_SAFE_INTEGER);
    let found: StoredEvent[];
    if (ofStream) {
      const name = nameOf(ofStream.getStreamIdentifier());
      const own = byStream.get(name);
      if (!own) {
        const response = new streams.ReadResp();
        const missing = new streams.ReadResp.StreamNotFound();
        missing.setStreamIdentifier(identifier(name));
        response.setStreamNotFound(missing);
        call.write(response);
        call.end();
        return;
      }
      const from = ofStream.hasEnd()
        ? own.length - 1
        : ofStream.hasStart()
          ? 0
          : Number(ofStream.getRevision());
      found = backwards ? own.slice(0, from + 1).reverse() : own.slice(from);
    } else {
      const from = options?.getAll()?.getPosition();
      const place = from ? Number(from.getCommitPosition()) : 0;
      const first = events.findIndex(({ position }) => position >= place);
      found = first < 0 ? [] : events.slice(first);
      if (backwards) found = events.filter(({ position }) => !from || position < place).reverse();
    }
    void (async () => {
      for (const event of found.slice(0, count)) {
        if (call.cancelled) return;
        // A slow reader is waited for, as a server does that keeps no answers in memory.
        if (!call.write(readOf(event))) await new Promise((resolve) => call.once('drain', resolve));
      }
      call.end();
    })();
  };

  const supported: handleUnaryCall<empty.Empty, features.SupportedMethods> = (_call, answer) => {
    const methods = new features.SupportedMethods();
    methods.setEventStoreServerVersion('22.10.0');
    for (const name of ['read', 'batchappend']) {
      const method = new features.SupportedMethod();
      method.setServiceName('event_store.client.streams.streams');
      method.setMethodName(name);
      methods.addMethods(method);
    }
    answer(null, methods);
  };

  async function serve(port: number): Promise<{ server: Server; port: number }> {
    const server = new Server({ 'grpc.max_receive_message_length': 16 * 1024 * 1024 });
    server.addService(streamsGrpc.StreamsService, { read, batchAppend });
    server.addService(featuresGrpc.ServerFeaturesService, { getSupportedMethods: supported });
    const bound = await new Promise<number>((resolve, reject) =>
      server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, own) =>
        error ? reject(error) : resolve(own),
      ),
    );
    return { server, port: bound };
  }

  let running = await serve(0);
  const { port } = running;
  return {
    url: `esdb://127.0.0.1:${port}?tls=false`,
    port,
    events,
    async restart() {
      running.server.forceShutdown();
      running = await serve(port);
    },
    truncate(keep) {
      for (const { stream } of events.splice(keep)) byStream.get(stream)?.pop();
      for (const [stream, own] of byStream) if (own.length === 0) byStream.delete(stream);
    },
    limit(next) {
      most = next;
    },
    async stop() {
      running.server.forceShutdown();
    },
  };
}

const nameOf = (of: empty.StreamIdentifier | undefined): string =>
  Buffer.from(of?.getStreamName_asU8() ?? []).toString();

function identifier(name: string): empty.StreamIdentifier {
  const made = new empty.StreamIdentifier();
  made.setStreamName(Buffer.from(name).toString('base64'));
  return made;
}

function expectedOf(options: streams.BatchAppendReq.Options): Expected {
  if (options.hasAny()) return { kind: 'any' };
  if (options.hasNoStream()) return { kind: 'none' };
  if (options.hasStreamExists()) return { kind: 'exists' };
  return { kind: 'revision', revision: Number(options.getStreamPosition()) };
}

function successOf(last: StoredEvent): streams.BatchAppendResp.Success {
  const success = new streams.BatchAppendResp.Success();
  success.setCurrentRevision(String(last.revision));
  const position = new empty.AllStreamPosition();
  position.setCommitPosition(String(last.position));
  position.setPreparePosition(String(last.position));
  success.setPosition(position);
  return success;
}

function refusal(message: { serializeBinary(): Uint8Array }, name: string): status.Status {
  const details = new anyPb.Any();
  details.pack(message.serializeBinary(), `event_store.client.${name}`);
  const made = new status.Status();
  made.setDetails(details);
  made.setMessage(name);
  return made;
}

function wrong(revision: number, expected: Expected): status.Status {
  const message = new empty.WrongExpectedVersion();
  if (revision < 0) message.setCurrentNoStream(new googleEmpty.Empty());
  else message.setCurrentStreamRevision(String(revision));
  if (expected.kind === 'revision') message.setExpectedStreamPosition(String(expected.revision));
  else if (expected.kind === 'none') message.setExpectedNoStream(new googleEmpty.Empty());
  else message.setExpectedStreamExists(new googleEmpty.Empty());
  return refusal(message, 'WrongExpectedVersion');
}

function tooLarge(): status.Status {
  const message = new empty.MaximumAppendSizeExceeded();
  message.setMaxappendsize(largestAppend);
  return refusal(message, 'MaximumAppendSizeExceeded');
}

function readOf(event: StoredEvent): streams.ReadResp {
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent();
  const id = new empty.UUID();
  id.setString(event.id);
  recorded.setId(id);
  recorded.setStreamIdentifier(identifier(event.stream));
  recorded.setStreamRevision(String(event.revision));
  recorded.setCommitPosition(String(event.position));
  recorded.setPreparePosition(String(event.position));
  for (const [key, value] of event.metadata) recorded.getMetadataMap().set(key, value);
  recorded.getMetadataMap().set('created', '638000000000000000');
  recorded.setCustomMetadata(event.custom);
  recorded.setData(event.data);
  const found = new streams.ReadResp.ReadEvent();
  found.setEvent(recorded);
  found.setCommitPosition(String(event.position));
  const response = new streams.ReadResp();
  response.setEvent(found);
  return response;
}

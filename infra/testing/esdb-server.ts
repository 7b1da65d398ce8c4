import empty from '@eventstore/db-client/generated/shared_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import {
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  Metadata,
  Server,
  ServerCredentials,
  type StatusObject,
  status,
} from '@grpc/grpc-js';

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
  const revisionById = new Map<string, number>();
  let most = Number.POSITIVE_INFINITY;
  let end = 0;

  /** The stored events, `wrong` with the present revision, or what else stands in the way. */
  function append(stream: string, expected: Expected, proposed: readonly Proposed[]) {
    const own = byStream.get(stream) ?? [];
    const size = proposed.reduce((sum, { data, custom }) => sum + data.length + custom.length, 0);
    if (size > largestAppend) return { kind: 'too-large' } as const;
    const from =
      expected.kind === 'any' || expected.kind === 'exists'
        ? (revisionById.get(`${stream} ${proposed[0]?.id}`) ?? -1)
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
      revisionById.set(`${stream} ${one.id}`, last.revision);
    }
    byStream.set(stream, own);
    return { kind: 'stored', last: last as StoredEvent } as const;
  }

  const appendEvents: handleClientStreamingCall<streams.AppendReq, streams.AppendResp> = (call, answer) => {
    let stream = '';
    let expected: Expected = { kind: 'any' };
    const proposed: Proposed[] = [];
    call.on('data', (request: streams.AppendReq) => {
      const options = request.getOptions();
      const message = request.getProposedMessage();
      if (options) {
        stream = nameOf(options.getStreamIdentifier());
        expected = expectedOf(options);
      }
      if (message)
        proposed.push({
          id: message.getId()?.getString() ?? '',
          metadata: new Map(message.getMetadataMap().getEntryList()),
          custom: message.getCustomMetadata_asU8(),
          data: message.getData_asU8(),
        });
    });
    call.on('error', () => {});
    call.on('end', async () => {
      // A call that is cut ends like a whole one, and is known to be cancelled a moment later.
      await new Promise((resolve) => setImmediate(resolve));
      if (call.cancelled || proposed.length === 0) return;
      const result = append(stream, expected, proposed);
      if (result.kind === 'full') answer({ code: status.RESOURCE_EXHAUSTED, details: 'no space left' });
      else if (result.kind === 'too-large') answer(tooLarge());
      else answer(null, result.kind === 'stored' ? successOf(result.last) : wrong(result.revision, expected));
    });
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
      found = events.slice(firstAt(events, place));
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

  async function serve(port: number): Promise<{ server: Server; port: number }> {
    const server = new Server({ 'grpc.max_receive_message_length': 16 * 1024 * 1024 });
    server.addService(streamsGrpc.StreamsService, { read, append: appendEvents });
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
      for (const { stream, id } of events.splice(keep)) {
        byStream.get(stream)?.pop();
        revisionById.delete(`${stream} ${id}`);
      }
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

/** Index of the first event that does not lie before a place. */
function firstAt(events: readonly StoredEvent[], place: number): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((events[middle]?.position ?? 0) < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

const nameOf = (of: empty.StreamIdentifier | undefined): string =>
  Buffer.from(of?.getStreamName_asU8() ?? []).toString();

function identifier(name: string): empty.StreamIdentifier {
  const made = new empty.StreamIdentifier();
  made.setStreamName(Buffer.from(name).toString('base64'));
  return made;
}

function expectedOf(options: streams.AppendReq.Options): Expected {
  if (options.hasAny()) return { kind: 'any' };
  if (options.hasNoStream()) return { kind: 'none' };
  if (options.hasStreamExists()) return { kind: 'exists' };
  return { kind: 'revision', revision: Number(options.getRevision()) };
}

function successOf(last: StoredEvent): streams.AppendResp {
  const success = new streams.AppendResp.Success();
  success.setCurrentRevision(String(last.revision));
  const position = new streams.AppendResp.Position();
  position.setCommitPosition(String(last.position));
  position.setPreparePosition(String(last.position));
  success.setPosition(position);
  const response = new streams.AppendResp();
  response.setSuccess(success);
  return response;
}

function wrong(revision: number, expected: Expected): streams.AppendResp {
  const message = new streams.AppendResp.WrongExpectedVersion();
  if (revision < 0) message.setCurrentNoStream(new empty.Empty());
  else message.setCurrentRevision(String(revision));
  if (expected.kind === 'revision') message.setExpectedRevision(String(expected.revision));
  else if (expected.kind === 'none') message.setExpectedNoStream(new empty.Empty());
  else message.setExpectedStreamExists(new empty.Empty());
  const response = new streams.AppendResp();
  response.setWrongExpectedVersion(message);
  return response;
}

function tooLarge(): Partial<StatusObject> {
  const metadata = new Metadata();
  metadata.set('exception', 'maximum-append-size-exceeded');
  metadata.set('maximum-append-size', String(largestAppend));
  return { code: status.INVALID_ARGUMENT, details: 'too large', metadata };
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

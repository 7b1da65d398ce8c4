import { gzipSync } from 'node:zlib';
import { allOf, type WireDialect } from './dialect.ts';
import { sendJson, sendStream, type WireCall } from './wire-server.ts';

/** What a scripted provider says where it is well. */
export const scriptedText = 'All is well here.';
/** How much of it comes before a stream breaks. */
export const scriptedBeginning = 'All is ';

type Fault = (call: WireCall, wire: WireDialect) => void;

const failing =
  (status: number, headers: Readonly<Record<string, string>> = {}): Fault =>
  (call, wire) =>
    sendJson(call, status, wire.error(status, `scripted ${status}`), headers);

const well: Fault = (call, wire) =>
  call.streamed
    ? sendStream(call, wire.streamType, allOf(wire.pieces(scriptedText, true)))
    : sendJson(call, 200, wire.whole(scriptedText, true));

/** Two words of an answer, then whatever `then` does. */
const begun =
  (then: (call: WireCall, wire: WireDialect) => void): Fault =>
  (call, wire) => {
    const { opening, words } = wire.pieces(scriptedText, true);
    call.response.writeHead(200, { 'content-type': wire.streamType });
    for (const piece of [...opening, ...words.slice(0, 2)]) call.response.write(piece);
    then(call, wire);
  };

const later = (ms: number, act: () => void) => setTimeout(act, ms).unref();

/** Half of a body that says that it is longer. */
const half: Fault = (call, wire) => {
  const body = wire.whole(scriptedText, true);
  call.response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length * 2 });
  call.response.write(body.slice(0, body.length / 2));
  later(20, () => call.response.destroy());
};

const million = 'x'.repeat(1_000_000);

/** A hundred megabytes, as fast as they are taken. */
const endless: Fault = async (call, wire) => {
  const { response } = call;
  response.writeHead(200, { 'content-type': call.streamed ? wire.streamType : 'application/json' });
  response.write(call.streamed ? 'data: {"a":"' : '{"a":"');
  for (let sent = 0; sent < 100 && !response.destroyed; sent++) {
    if (!response.write(million)) {
      await Promise.race([new Promise<void>((resolve) => response.once('drain', resolve)), call.gone]);
    }
  }
  response.end('"}');
};

const skewed = (ms: number): string => new Date(Date.now() + ms).toUTCString();

/** Every way in which a provider fails, in whatever dialect; the name is the model's that does so. */
export const faults = {
  well,
  'status-400': failing(400),
  'status-401': failing(401),
  'status-403': failing(403),
  'status-404': failing(404),
  'status-408': failing(408),
  'status-409': failing(409),
  'status-422': failing(422),
  'status-429': failing(429),
  'status-429-waits': failing(429, { 'retry-after': '30' }),
  'status-500': failing(500),
  'status-502': failing(502),
  'status-503': failing(503),
  'status-504': failing(504),
  'status-529': failing(529),
  /** Their clock is a year ahead of ours; a date is 30 s ahead of theirs. */
  'clock-skew': (call, wire) =>
    failing(429, { date: skewed(365 * 86_400_000), 'retry-after': skewed(365 * 86_400_000 + 30_000) })(
      call,
      wire,
    ),
  'too-long': (call, wire) =>
    sendJson(call, 400, wire.error(400, 'prompt is too long: 9 tokens > 8 maximum')),
  'policy-refusal': (call, wire) =>
    sendJson(call, 400, wire.error(400, 'Output blocked by content filtering policy')),
  redirect: failing(307, { location: 'http://127.0.0.1:9/elsewhere' }),
  'reset-before-headers': (call) => call.response.destroy(),
  'reset-after-headers': (call, wire) => {
    if (call.streamed) return begun(({ response }) => later(30, () => response.destroy()))(call, wire);
    call.response.writeHead(200, { 'content-type': 'application/json' });
    call.response.flushHeaders();
    later(30, () => call.response.destroy());
  },
  'half-json': (call, wire) => {
    if (!call.streamed) return half(call, wire);
    const piece = wire.pieces(scriptedText, true).words[2] ?? '';
    return begun(({ response }) => response.end(piece.slice(0, piece.length / 2)))(call, wire);
  },
  'slow-headers': () => {},
  'slow-body': (call, wire) => {
    if (call.streamed) return begun(() => {})(call, wire);
    call.response.writeHead(200, { 'content-type': 'application/json' });
    call.response.write(wire.whole(scriptedText, true).slice(0, 20));
  },
  'malformed-chunk': (call, wire) => {
    if (!call.streamed) return sendJson(call, 200, '{"choices":[{"mess');
    const { opening, words, finish, usage, end } = wire.pieces(scriptedText, true);
    sendStream(call, wire.streamType, [
      ...opening,
      ...words.slice(0, 2),
      wire.nonsense,
      ...words.slice(2),
      finish,
      usage,
      end,
    ]);
  },
  'no-usage': (call, wire) =>
    call.streamed
      ? sendStream(call, wire.streamType, allOf(wire.pieces(scriptedText, false)))
      : sendJson(call, 200, wire.whole(scriptedText, false)),
  'no-end': (call, wire) => {
    if (!call.streamed) return well(call, wire);
    const { opening, words, finish, usage } = wire.pieces(scriptedText, true);
    call.response.writeHead(200, { 'content-type': wire.streamType });
    for (const piece of [...opening, ...words, finish, usage]) if (piece !== '') call.response.write(piece);
  },
  'finished-twice': (call, wire) => {
    if (!call.streamed) return well(call, wire);
    const { opening, words, finish, usage, end } = wire.pieces(scriptedText, true);
    sendStream(call, wire.streamType, [...opening, ...words, finish, finish, usage, usage, end, end]);
  },
  'wrong-type': (call) => {
    call.response.writeHead(200, { 'content-type': 'text/html' });
    call.response.end('<html><body>Sign in to the hotel’s network</body></html>');
  },
  'not-streamed': (call, wire) => sendJson(call, 200, wire.whole(scriptedText, true)),
  gzip: (call, wire) => {
    const text = call.streamed
      ? allOf(wire.pieces(scriptedText, true)).join('')
      : wire.whole(scriptedText, true);
    call.response.writeHead(200, {
      'content-type': call.streamed ? wire.streamType : 'application/json',
      'content-encoding': 'gzip',
    });
    call.response.end(gzipSync(text));
  },
  'hundred-megabytes': endless,
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;

export const faultNames = Object.keys(faults) as readonly FaultName[];

const isFault = (name: string): name is FaultName => Object.hasOwn(faults, name);

/** A provider that fails as the model is called, up to the first dot; what it says of its models is always well. */
export function faulty(wire: WireDialect): (call: WireCall) => void {
  return (call) => {
    const aside = wire.aside(call.path, faultNames);
    if (aside !== undefined) return sendJson(call, 200, aside);
    const [name = ''] = call.model.split('.');
    if (call.path !== wire.path || !isFault(name))
      return sendJson(call, 404, wire.error(404, 'no such thing'));
    return void faults[name](call, wire);
  };
}

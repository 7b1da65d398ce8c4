/**
 * Preloaded into a process (`NODE_OPTIONS=--import`), it writes down every name that is resolved and every address
 * that a socket connects to, one JSON line each, in the file of DAYBOOK_TEST_NETWORK_FILE.
 */
import dgram from 'node:dgram';
import dns from 'node:dns';
import { appendFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

const file = process.env['DAYBOOK_TEST_NETWORK_FILE'];

function note(what: 'resolve' | 'connect' | 'datagram', target: unknown): void {
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ what, target: String(target) })}\n`);
}

/** Puts `hear` before a function of an object, whatever its arguments are. */
function before(object: object, name: string, hear: (args: readonly unknown[]) => void): void {
  const original: unknown = Reflect.get(object, name);
  if (typeof original !== 'function') return;
  Reflect.set(object, name, function (this: unknown, ...args: unknown[]) {
    hear(args);
    return Reflect.apply(original, this, args);
  });
}

for (const resolver of [dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype]) {
  for (const name of Object.getOwnPropertyNames(resolver)) {
    if (/^(lookup|resolve)/.test(name)) before(resolver, name, ([host]) => note('resolve', host));
  }
}

before(net.Socket.prototype, 'connect', (args) => {
  // Node hands its own normalised arguments over as one array.
  const [first, second] = Array.isArray(args[0]) ? args[0] : args;
  if (first !== null && typeof first === 'object') {
    const { path, host } = first as { path?: unknown; host?: unknown };
    note('connect', path ?? host ?? 'localhost');
  } else {
    note('connect', typeof first === 'number' ? (typeof second === 'string' ? second : 'localhost') : first);
  }
});

before(dgram.Socket.prototype, 'send', (args) =>
  note(
    'datagram',
    args.findLast((arg) => typeof arg === 'string'),
  ),
);

syncBuiltinESMExports();

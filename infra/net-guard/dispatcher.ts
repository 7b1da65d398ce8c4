import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { isPublicAddress } from './addresses.ts';
import { type Allowed, refused } from './url.ts';

/** All addresses of a name. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

/**
 * The addresses of a host, all of them public. One that is not refuses all: a name that has both is a name that is
 * being played with. Throws `url.refused`, without a word of what was found.
 */
export async function publicAddresses(hostname: string, resolve: Resolve): Promise<readonly LookupAddress[]> {
  const family = isIP(hostname);
  const found = family === 0 ? await resolve(hostname) : [{ address: hostname, family }];
  if (found.length === 0 || !found.every(({ address }) => isPublicAddress(address)))
    throw refused('its host is not on the public internet');
  return found;
}

/**
 * Connects only to public addresses. A name is resolved once for each connection, and the connection goes to what was
 * checked, so that a name cannot mean one thing to the check and another to the socket.
 */
export function guardedDispatcher(allowed: Allowed, resolve: Resolve, connectMs: number): Dispatcher {
  const lookupBy =
    (find: (hostname: string) => Promise<readonly LookupAddress[]>): LookupFunction =>
    (hostname, { all }, callback) => {
      find(hostname).then(
        (found) => {
          const [first] = found;
          if (all) callback(null, [...found]);
          else callback(null, first?.address ?? '', first?.family);
        },
        (error: Error) => callback(error, ''),
      );
    };
  const common = { timeout: connectMs, allowH2: false };
  const open = buildConnector({ ...common, lookup: lookupBy(resolve) });
  const guarded = buildConnector({
    ...common,
    lookup: lookupBy((hostname) => publicAddresses(hostname, resolve)),
  });
  return new Agent({
    connect(options, callback) {
      const { hostname, port, protocol } = options;
      if (allowed(hostname, Number(port) || (protocol === 'https:' ? 443 : 80)))
        return open(options, callback);
      // Sockets look nothing up where the host is an address.
      if (isIP(hostname) !== 0 && !isPublicAddress(hostname))
        return callback(refused('its host is not on the public internet'), null);
      return guarded(options, callback);
    },
  });
}

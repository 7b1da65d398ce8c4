import { isIPv4, isIPv6 } from 'node:net';
import { DaybookError } from '../../schemas/errors.ts';

export const refused = (why: string) =>
  new DaybookError('url.refused', `The URL may not be fetched: ${why}.`);

/** The host as it was written, before URL made another of it; undefined where none is written. */
const writtenHost = (text: string): string | undefined =>
  /^(?:[a-z][a-z0-9+.-]*:)?\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)/i.exec(text)?.[1];

/**
 * A URL from somebody else, if its form is one that may be fetched: http or https, no credentials, and a host that is
 * written as it is read. `base` is where a redirect came from. Throws `url.refused`. Where it leads is not looked at.
 */
export function parseForeignUrl(text: string, base?: URL): URL {
  // URL drops some of these, and takes a backslash for a slash: others read such a text differently.
  if (/[\p{Cc}\p{Zs}\\]/u.test(text)) throw refused('it holds blanks, control characters or backslashes');
  const url = URL.parse(text, base?.href);
  if (!url) throw refused('it is no URL');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refused('only http and https are fetched');
  if (url.username !== '' || url.password !== '') throw refused('it holds credentials');
  const host = writtenHost(text);
  if (host === undefined && url.host !== base?.host) throw refused('its host is not written after //');
  // 0x7f.1, 2130706433, 0177.0.0.1, 127.1, %31… and wide digits all become 127.0.0.1, in some programs and not in others.
  if (host !== undefined && isIPv4(url.hostname) && host !== url.hostname)
    throw refused('its address is not written as four decimal numbers');
  return url;
}

/** The host without brackets, as sockets want it. */
export const hostOf = ({ hostname }: URL): string =>
  hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;

export type Allowed = (hostname: string, port: number) => boolean;

/**
 * The operator's own hosts: `wiki.example.com` with every port, or `10.0.0.5:8443`, `[fd00::5]:8443` with one.
 * Throws `config.invalid`.
 */
export function allowList(entries: readonly string[]): Allowed {
  const allowed = new Set(
    entries.map((entry) => {
      const parts = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/i.exec(entry);
      const url = parts && URL.parse(`http://${parts[1]}`);
      const host = url && hostOf(url);
      if (!host || (parts[1]?.startsWith('[') && !isIPv6(host)))
        throw new DaybookError(
          'config.invalid',
          `${JSON.stringify(entry)} is no host, and no host with a port.`,
        );
      return `${host} ${parts[2] ?? '*'}`;
    }),
  );
  return (hostname, port) => allowed.has(`${hostname} *`) || allowed.has(`${hostname} ${port}`);
}

/**
 * The one door for whatever fetches a URL that somebody else gave: a webhook, a link in a document, a tool's target.
 * It goes to the public internet and to the operator's own hosts, and nowhere else (docs/adr/0067). What the operator
 * configured (providers, servers) does not come through here.
 */
import { lookup } from 'node:dns/promises';
import { fetch, type RequestInit, type Response } from 'undici';
import { isDaybookError } from '../../schemas/errors.ts';
import { guardedDispatcher, publicAddresses, type Resolve } from './dispatcher.ts';
import { redirected } from './redirect.ts';
import { allowList, hostOf, parseForeignUrl, refused } from './url.ts';

export interface NetGuardOptions {
  /** The operator's own hosts, with or without a port: they may be private. Default: none. */
  readonly allow?: readonly string[];
  /** Default 5. */
  readonly maxRedirects?: number;
  /** Default 5,000 ms. */
  readonly connectMs?: number;
  /** Default: as the system resolves names. */
  readonly resolve?: Resolve;
}

export interface NetGuard {
  /**
   * Whether a URL may be fetched now: to tell a person at once. It proves nothing for later, which is why `fetch`
   * looks again. Throws `url.refused`, or what the resolver throws.
   */
  assertPublicUrl(url: string): Promise<URL>;
  /**
   * As the platform's `fetch`; each redirect is looked at as the first URL was, and another origin gets no
   * credentials. Time and size are the caller's to bound. Throws `url.refused`.
   */
  fetch(url: string, init?: GuardedInit): Promise<Response>;
  close(): Promise<void>;
}

/** Bodies that can be sent again after a redirect. */
export interface GuardedInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
}

export function netGuard(options: NetGuardOptions = {}): NetGuard {
  const { allow = [], maxRedirects = 5, connectMs = 5_000 } = options;
  const resolve: Resolve = options.resolve ?? ((hostname) => lookup(hostname, { all: true }));
  const allowed = allowList(allow);
  const dispatcher = guardedDispatcher(allowed, resolve, connectMs);

  return {
    async assertPublicUrl(text) {
      const url = parseForeignUrl(text);
      const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
      if (!allowed(hostOf(url), port)) await publicAddresses(hostOf(url), resolve);
      return url;
    },
    async fetch(text, init = {}) {
      let url = parseForeignUrl(text);
      let request = init;
      for (let hops = 0; ; hops++) {
        const response = await once(url, { ...request, redirect: 'manual', dispatcher });
        const next = redirected(url, response, request);
        if (!next) return response;
        await response.body?.cancel();
        if (hops >= maxRedirects) throw refused(`it leads on more than ${maxRedirects} times`);
        ({ url, request } = next);
      }
    },
    close: () => dispatcher.close(),
  };
}

async function once(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    // fetch hides what its dispatcher says.
    if (error instanceof Error && isDaybookError(error.cause)) throw error.cause;
    throw error;
  }
}

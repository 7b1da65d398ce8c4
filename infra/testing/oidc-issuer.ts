import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

/** A running OpenID Connect issuer for tests: discovery, a key set, and tokens as it would give them out. */
export interface OidcIssuer {
  readonly issuer: string;
  /** Requests so far, by path. */
  readonly asked: string[];
  /** A token that counts for five minutes, but for what `claims` and `options` say otherwise. */
  token(claims?: JWTPayload, options?: TokenOptions): Promise<string>;
  /** From now on signs with a new key; the old one is in the key set only where `keep` says so. */
  rotate(keep: boolean): Promise<void>;
  /** Answers nothing but this status until it is called again without one. */
  fail(status?: number): void;
  /** What its discovery document says beside, or instead of, the truth. */
  say(overrides: Readonly<Record<string, unknown>>): void;
  close(): Promise<void>;
}

export interface TokenOptions {
  readonly audience?: string;
  /** Seconds from now. */
  readonly expiresIn?: number;
  readonly notBefore?: number;
  readonly alg?: string;
}

export async function startOidcIssuer(algorithm = 'RS256'): Promise<OidcIssuer> {
  const asked: string[] = [];
  let keySet: object[] = [];
  let status: number | undefined;
  let overrides: Readonly<Record<string, unknown>> = {};
  let signing = await newKey('key-1');
  let made = 1;

  async function newKey(kid: string) {
    const { publicKey, privateKey } = await generateKeyPair(algorithm);
    keySet = [...keySet, { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' }];
    return { kid, privateKey };
  }

  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const send = (code: number, body: object) => {
      response.writeHead(code, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (status !== undefined) send(status, {});
    else if (request.url === '/.well-known/openid-configuration')
      send(200, { issuer, jwks_uri: `${issuer}/keys`, ...overrides });
    else if (request.url === '/keys') send(200, { keys: keySet });
    else send(404, {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    issuer,
    asked,
    token(claims = {}, { audience = 'daybook', expiresIn = 300, notBefore, alg = algorithm } = {}) {
      const now = Math.floor(Date.now() / 1000);
      const token = new SignJWT({ sub: 'ana', ...claims })
        .setProtectedHeader({ alg, kid: signing.kid })
        .setIssuer(claims.iss ?? issuer)
        .setAudience(audience)
        .setIssuedAt(now)
        .setExpirationTime(now + expiresIn);
      if (notBefore !== undefined) token.setNotBefore(now + notBefore);
      return token.sign(signing.privateKey);
    },
    async rotate(keep) {
      if (!keep) keySet = [];
      signing = await newKey(`key-${++made}`);
    },
    fail(code) {
      status = code;
    },
    say(more) {
      overrides = more;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

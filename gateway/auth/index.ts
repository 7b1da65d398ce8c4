/**
 * Signing in without an issuer, for the console of a machine of one's own: `POST /auth/sign-in` and `/auth/sign-out`.
 * A sign-in is an event, and its cookie's secret is kept as a hash, as a key is; it ends in every gateway within a
 * second. Guesses are slow (scrypt) and few (limits by name and by address).
 */
import { hash } from 'node:crypto';
import { Hono } from 'hono';
import {
  acceptSignIn,
  type Directory,
  defaultTenant,
  endSignIn,
  type Passwords,
} from '../../bounded-contexts/identity/index.ts';
import {
  type Clock,
  type EventLog,
  type FactWriter,
  type RateBound,
  uuidv7,
  type Vault,
} from '../../bounded-contexts/kernel/index.ts';
import { DaybookError } from '../../schemas/errors.ts';
import { signInBody } from '../../schemas/http/identity.ts';
import { problemResponse } from '../management/problem.ts';
import { boundedBody } from '../shared/bounded-body.ts';
import { csrf } from '../shared/csrf.ts';
import { parseJson, validate } from '../shared/json-body.ts';
import { type RatePorts, refusalOf } from '../shared/rates.ts';
import { cookieOf, cookieSecret, overTls } from '../shared/sign-in-cookie.ts';

export interface AuthPorts {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly facts: FactWriter;
  readonly vault: Pick<Vault, 'knownId'>;
  readonly directory: Pick<Directory, 'person' | 'signedIn' | 'tenant'>;
  readonly passwords: Passwords;
  readonly limits: RatePorts;
  /** Origins whose pages may sign people in, beside our own. */
  readonly corsOrigins: readonly string[];
  /** How long a sign-in lasts, in ms. */
  readonly signInMs: number;
  readonly onBug: (error: unknown, requestId: string) => void;
}

const perName = 10;
const perAddress = 60;

/** Guesses of one name, and from one address, a minute. Names are hashed: a limit is no register of who exists. */
function guesses(tenant: string, user: string, address: string): RateBound[] {
  const name = hash('sha256', `${tenant}\0${user}`, 'base64url').slice(0, 22);
  const bound = (policy: string, scope: string, limit: number): RateBound => ({
    policy,
    scope: `sign-in:${scope}`,
    unit: 'requests',
    limit,
    amount: 1,
  });
  return [
    bound('name-requests', `name:${name}`, perName),
    bound('address-requests', `address:${hash('sha256', address, 'base64url').slice(0, 22)}`, perAddress),
  ];
}

/** What the HTTP server hands over beside the request. */
type Env = {
  Bindings: { incoming?: { socket: { remoteAddress?: string } } };
  Variables: { requestId: string };
};

export function authApp(ports: AuthPorts): Hono<Env> {
  const app = new Hono<Env>();
  const { log, clock, directory, vault, passwords, limits } = ports;

  app.use('*', async (context, next) => {
    context.set('requestId', `req_${uuidv7()}`);
    await next();
  });
  app.use('*', csrf(ports.corsOrigins));

  app.post('/sign-in', async (context) => {
    const bytes = await boundedBody(context.req, 8_192);
    const { tenant, user, password } = validate(signInBody, parseJson(bytes, 4));
    const address = context.env?.incoming?.socket.remoteAddress ?? 'unknown';
    const admission = await limits.rates.take(
      defaultTenant,
      context.get('requestId'),
      guesses(tenant, user, address),
      1,
    );
    if (!admission.admitted) {
      limits.onLimited(admission.refusedBy);
      throw refusalOf(admission);
    }
    const there = directory.tenant(tenant)?.status === 'active';
    const known = there ? await vault.knownId(tenant, 'user', user) : undefined;
    const right = await passwords.check(there ? tenant : defaultTenant, known, password);
    if (!right || known === undefined || directory.person(tenant, known).status !== 'active') {
      if (there)
        await ports.facts.append(tenant, 'signin-refusals', {
          type: 'sign-in.refused',
          data: known === undefined ? {} : { user: known },
        });
      throw new DaybookError('auth.wrong-password');
    }
    const { signIn, secret, expiresAt } = await acceptSignIn(ports, {
      tenant,
      user: known,
      forMs: ports.signInMs,
    });
    await heard(() => directory.signedIn(secret) !== 'auth.signed-out');
    const tls = overTls(context.req.header('x-forwarded-proto'));
    context.header('set-cookie', cookieOf(secret, Math.floor(ports.signInMs / 1_000), tls));
    context.header('cache-control', 'no-store');
    return context.json({ signIn, tenant, expiresAt: new Date(expiresAt).toISOString() }, 201);
  });

  app.post('/sign-out', async (context) => {
    const tls = overTls(context.req.header('x-forwarded-proto'));
    const secret = cookieSecret(context.req.header('cookie'), tls);
    const who = secret === undefined ? 'auth.signed-out' : directory.signedIn(secret);
    if (typeof who !== 'string') {
      await endSignIn({ log, clock }, { tenant: who.tenant, signIn: who.signIn, actor: who.user ?? who.key });
    }
    context.header('set-cookie', cookieOf('', 0, tls));
    return context.body(null, 204);
  });

  app.onError((error, context) => problemResponse(error, context, ports.onBug));
  return app;
}

/** Until the directory has heard of it: the next request may come at once, and to this gateway. */
async function heard(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 2_000;
  while (!holds() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
}

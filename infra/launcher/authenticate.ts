import {
  changeUser,
  type Directory,
  type ExternalIdentity,
  keyOfPerson,
  type Principal,
  type Refusal,
  type TokenVerifier,
  type Vouched,
} from '../../bounded-contexts/identity/index.ts';
import {
  type Clock,
  type ContentWriter,
  type EventLog,
  sealContent,
  uuidv7,
  type Vault,
} from '../../bounded-contexts/kernel/index.ts';

export interface AuthenticateOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly tokens: TokenVerifier;
  readonly vault: Vault;
  readonly contents: ContentWriter;
  /** Hears of a person who could not be registered: they are let in all the same. */
  readonly onError: (error: unknown) => void;
}

/** What a token says, in ids of ours: made once for each token. */
interface Known {
  readonly by: Vouched;
  readonly expiresAt: number;
}

const mostKnown = 10_000;

/**
 * Keys by the directory, tokens by their issuer: both end as a principal. For a key, and for a token that was seen
 * less than a minute ago, nothing is awaited. A person who comes by a token for the first time is registered.
 */
export function authenticator(
  options: AuthenticateOptions,
): (secret: string) => Principal | Refusal | Promise<Principal | Refusal> {
  const { log, clock, directory, tokens, vault, contents, onError } = options;
  const known = new WeakMap<ExternalIdentity, Known>();
  const registered = new Set<string>();

  async function vouchedBy(identity: ExternalIdentity): Promise<Known> {
    const { tenant, subject, roles, expiresAt } = identity;
    const user = await vault.opaqueId(tenant, 'user', subject);
    const held = await Promise.all(
      roles.map(async ({ role, department }) => ({
        role,
        department: department === null ? null : await vault.opaqueId(tenant, 'department', department),
      })),
    );
    const by: Vouched = { tenant, user, source: 'token', key: keyOfPerson(user), expiresAt, held };
    return { by, expiresAt };
  }

  /** In the background: the first call of a person is not to wait for it, nor to fail by it. */
  function register(identity: ExternalIdentity, user: string): void {
    const { tenant, name, email } = identity;
    const who = `${tenant}/${user}`;
    if (registered.has(who) || directory.person(tenant, user).status !== 'none') return;
    if (registered.size >= mostKnown) registered.clear();
    registered.add(who);
    (async () => {
      const fields = { ...(name ? { displayName: name.slice(0, 200) } : {}), ...(email ? { email } : {}) };
      let profile: string | undefined;
      if (Object.keys(fields).length > 0) {
        profile = uuidv7(clock());
        const place = { tenant, subject: user, id: profile, field: 'profile' };
        await contents.put(tenant, await sealContent(vault, place, Buffer.from(JSON.stringify(fields))));
      }
      const command = { kind: 'register' as const, user, ...(profile === undefined ? {} : { profile }) };
      await changeUser({ log, clock }, { tenant, actor: user }, command);
    })().catch((error: unknown) => {
      registered.delete(who);
      onError(error);
    });
  }

  const outcome = ({ by, expiresAt }: Known): Principal | Refusal =>
    clock() >= expiresAt ? 'auth.expired-key' : directory.vouched(by);

  async function firstSight(token: string): Promise<Principal | Refusal> {
    const identity = await tokens.verify(token);
    // Nothing is made for a tenant that is not there, whatever its issuer says.
    if (directory.tenant(identity.tenant) === undefined) return 'auth.invalid-key';
    const one = await vouchedBy(identity);
    known.set(identity, one);
    const found = outcome(one);
    if (typeof found !== 'string') register(identity, one.by.user);
    return found;
  }

  return (secret) => {
    if (!tokens.accepts(secret)) return directory.authenticate(secret);
    const identity = tokens.remembered(secret);
    const one = identity && known.get(identity);
    return one ? outcome(one) : firstSight(secret);
  };
}

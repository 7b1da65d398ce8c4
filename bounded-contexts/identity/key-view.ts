import { aggregates, type EventLog, parseSubject, type Recorded } from '../kernel/index.ts';
import type { Role } from './key.ts';
import { hashKey } from './secret.ts';

/** Who is calling. Everything that a caller may see or spend hangs on its tenant. */
export interface Principal {
  readonly tenant: string;
  readonly key: string;
  readonly role: Role;
  /** Its calls are private, whatever they say. */
  readonly private?: boolean;
  /** Identical requests of it may be answered from the cache of answers. */
  readonly cache?: boolean;
}

export interface KeyView {
  /** The principal of a key in force; undefined for unknown and revoked ones. No I/O. */
  authenticate(secret: string): Principal | undefined;
  readonly size: number;
  /** Resolves once the view has seen the log as it was at start. */
  readonly ready: Promise<void>;
  stop(): Promise<void>;
}

/** All keys in memory, fed from the log: a revocation is in force as soon as it is on the log and delivered. */
export function keyView(log: EventLog, onError: (error: unknown) => void): KeyView {
  const byHash = new Map<string, Principal>();
  const hashes = new Map<string, string>();
  const subscription = log.subscribe(aggregates('key'), [], { idleMs: 250 });

  const apply = ({ subject, commit }: Recorded) => {
    const { tenant } = parseSubject(subject);
    for (const event of commit.events) {
      if (event.type === 'key.issued') {
        const { key, hash, role } = event.data;
        const options = {
          ...(event.data.private === true ? { private: true } : {}),
          ...(event.data.cache === true ? { cache: true } : {}),
        };
        byHash.set(hash, { tenant, key, role, ...options });
        hashes.set(`${tenant}/${key}`, hash);
      } else if (event.type === 'key.revoked') {
        const hash = hashes.get(`${tenant}/${event.data.key}`);
        // The same secret may have been issued again, as another key.
        if (hash !== undefined && byHash.get(hash)?.key === event.data.key) byHash.delete(hash);
      }
    }
  };

  const ready = Promise.withResolvers<void>();
  const running = (async () => {
    // One stream after another may be behind: ready when each stream that spoke has caught up.
    const behind = new Set((await log.info()).streams.map((stream) => stream.stream));
    for await (const batch of subscription) {
      batch.commits.forEach(apply);
      if (batch.caughtUp) behind.delete(batch.stream);
      if (behind.size === 0) ready.resolve();
    }
  })().catch((error: unknown) => {
    ready.reject(error);
    onError(error);
  });

  return {
    authenticate: (secret) => byHash.get(hashKey(secret)),
    get size() {
      return byHash.size;
    },
    ready: ready.promise,
    stop: async () => {
      await subscription.stop();
      await running;
    },
  };
}

import type { RetentionKind } from '../../schemas/retention.ts';

/** What stands in place of a content whose key was destroyed. */
export interface Redacted {
  readonly redacted: true;
}

export const redacted: Redacted = { redacted: true };

/** Kinds of ids that callers supply and that may be personal: they are opaque on the log. */
export type IdKind = 'user' | 'department' | 'agent' | 'session' | 'run' | 'key';

/** What a ciphertext is bound to: it opens only in the same place. */
export interface SealContext {
  readonly tenant: string;
  /** The opaque id of the data subject. */
  readonly subject: string;
  /** The id of the event or content that it belongs to. */
  readonly id: string;
  /** What it is; `schemas/retention.ts` says which fields end with a period. */
  readonly field: string;
}

/** An id that a caller supplied, and what stands for it on the log. */
export interface SuppliedId {
  readonly opaque: string;
  readonly kind: IdKind;
  readonly raw: string;
}

/**
 * Keys, opaque ids and secrets. A data subject's key is committed to the vault before the first `seal` with it
 * returns. Throws `vault.unavailable`.
 */
export interface Vault {
  /** The opaque id for what a caller supplied, the same for ever until that person is erased. */
  opaqueId(tenant: string, kind: IdKind, raw: string): Promise<string>;
  /** The opaque id, if `raw` has one; makes none. */
  knownId(tenant: string, kind: IdKind, raw: string): Promise<string | undefined>;
  /** The ids that callers supplied, by opaque id; those erased or unknown are missing. */
  reveal(tenant: string, opaque: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** All of a tenant that can be revealed, in pages. */
  suppliedIds(tenant: string): AsyncIterable<readonly SuppliedId[]>;
  /** Takes over an id from another vault. Throws `command.rejected` where it stands for something else here. */
  adoptId(tenant: string, id: SuppliedId): Promise<void>;
  /**
   * AES-256-GCM: nonce, ciphertext, tag; before them the period that it ends with, where it ends with one. `at`, Unix
   * ms: of which period it is. Default: of now. Only a promise where a key must be fetched or made first.
   */
  seal(context: SealContext, plain: Uint8Array, at?: number): Uint8Array | Promise<Uint8Array>;
  /** The plain bytes, or {@link redacted} where the key of its subject or its period was destroyed. */
  open(context: SealContext, sealed: Uint8Array): Promise<Uint8Array | Redacted>;
  /** Unix ms at which the period of a sealed value begins; undefined where it is of none. */
  periodStart(sealed: Uint8Array): number | undefined;
  /** Destroys the subject's key and the mapping of its id. Idempotent. */
  erase(tenant: string, subject: string): Promise<void>;
  /** Destroys the keys of one kind's days before this one (UTC); none of them is ever made again. Idempotent. */
  endPeriods(tenant: string, kind: RetentionKind, before: string): Promise<void>;
}

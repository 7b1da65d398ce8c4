/** An answer that may be given again. */
export interface Reply {
  readonly invocation: string;
  readonly tier: number;
  readonly provider: string;
  readonly model: string;
  readonly contentType: string;
  /** The body, or the whole stream as server-sent events. */
  readonly body: string;
  /** Nano-dollars that it cost, as a string. */
  readonly cost: string;
}

export interface ReplyPlace {
  readonly tenant: string;
  /** `command`: of a management route; its answers are kept in the same way. */
  readonly kind: 'idempotency' | 'cache' | 'command';
  /** A hash: of the Idempotency-Key and who sent it, or of the request. */
  readonly key: string;
}

/** `Kept`: what is kept, with the id of the request that made it. */
export type Claim<Kept = Reply> =
  | { readonly kind: 'ours' }
  /** Another request holds it and is being answered. */
  | { readonly kind: 'in-progress' }
  /** It was used for a request with another body. */
  | { readonly kind: 'other-request' }
  | { readonly kind: 'kept'; readonly reply: Kept };

/**
 * Answers that may be given again, for a time: sealed under the data subject's key, so that erasing a person
 * takes their answers along. Throws `vault.unavailable`.
 */
export interface Replies<Kept extends { readonly invocation: string } = Reply> {
  /** Holds a place for `leaseMs`, unless somebody does already. */
  claim(
    place: ReplyPlace,
    options: { request: string; invocation: string; subject: string; leaseMs: number },
  ): Promise<Claim<Kept>>;
  find(place: ReplyPlace): Promise<Kept | undefined>;
  /** `request`: as in claim; the cache's key is the request itself. */
  keep(
    place: ReplyPlace,
    reply: Kept,
    options: { request: string; subject: string; forMs: number },
  ): Promise<void>;
  /** Gives up a claim, so that the next request is answered anew. */
  drop(place: ReplyPlace, invocation: string): Promise<void>;
  /** Removes all that is kept of a data subject, of every kind; returns how much that was. */
  forget(tenant: string, subject: string): Promise<number>;
  /** Removes what has expired, of every kind. */
  sweep(): Promise<void>;
}

/**
 * The one catalogue of errors. Every refusal that leaves Daybook, in whatever dialect, carries one of these
 * codes. `docs/reference/errors.md` is held to this table by a test.
 */

export interface ErrorEntry {
  readonly status: number;
  /** One clear sentence: what happened and what to do about it. */
  readonly advice: string;
  /** False where repeating the identical request cannot succeed. */
  readonly retryable: boolean;
}

export const errorCatalogue = {
  'request.malformed-json': {
    status: 400,
    retryable: false,
    advice: 'The body is not valid JSON; send one JSON document in UTF-8.',
  },
  'request.invalid': {
    status: 400,
    retryable: false,
    advice: 'A field has a value that is not accepted; see `param` and the message.',
  },
  'request.too-large': {
    status: 413,
    retryable: false,
    advice: 'The body is larger than the configured limit; send less, or raise `limits.bodyBytes`.',
  },
  'request.url-too-long': {
    status: 414,
    retryable: false,
    advice: 'The address is longer than the configured limit; send less in it, or raise `limits.urlBytes`.',
  },
  'request.headers-too-large': {
    status: 431,
    retryable: false,
    advice:
      'The headers are more or larger than the configured limits; send fewer, or raise `limits.headerBytes` or `limits.headerCount`.',
  },
  'request.timeout': {
    status: 408,
    retryable: true,
    advice:
      'The request did not arrive in time; send it faster, or raise `limits.headersMs` or `limits.requestMs`.',
  },
  'request.malformed-http': {
    status: 400,
    retryable: false,
    advice: 'What arrived is not an HTTP/1.1 request.',
  },
  'request.too-deep': {
    status: 400,
    retryable: false,
    advice: 'The body is nested deeper than the configured limit; flatten it.',
  },
  'request.unsupported': {
    status: 400,
    retryable: false,
    advice:
      'The model that would answer cannot be asked for this; leave the named field out, or name a model that has it.',
  },
  'request.malformed-upload': {
    status: 400,
    retryable: false,
    advice:
      'The upload ended early, or is neither one file as the body nor multipart/form-data with files; send it again whole.',
  },
  'request.in-progress': {
    status: 409,
    retryable: true,
    advice:
      'A request with this Idempotency-Key is being answered; repeat after `retry-after` for its answer.',
  },
  'request.key-reused': {
    status: 422,
    retryable: false,
    advice: 'This Idempotency-Key was used for another request; take a new key for a new request.',
  },
  'request.unsupported-media-type': {
    status: 415,
    retryable: false,
    advice: 'Send `content-type: application/json`.',
  },
  'request.precondition-failed': {
    status: 412,
    retryable: false,
    advice: 'The resource has changed since the given ETag; read it again and decide anew.',
  },
  'url.refused': {
    status: 400,
    retryable: false,
    advice:
      'The URL may not be fetched: only http and https, without credentials, to public addresses or hosts that the operator allows.',
  },
  'auth.missing-key': {
    status: 401,
    retryable: false,
    advice: 'Send a key as `Authorization: Bearer <key>`.',
  },
  'auth.invalid-key': {
    status: 401,
    retryable: false,
    advice: 'The key is unknown or revoked, or mistyped; use one that is in force.',
  },
  'auth.expired-key': {
    status: 401,
    retryable: false,
    advice: 'The key has expired; ask for a new one.',
  },
  'auth.tenant-suspended': {
    status: 403,
    retryable: false,
    advice: 'The tenant is suspended; a platform administrator can resume it.',
  },
  'auth.user-disabled': {
    status: 403,
    retryable: false,
    advice: 'The person that this key acts for is disabled; a tenant administrator can enable them.',
  },
  'auth.signed-out': {
    status: 401,
    retryable: false,
    advice: 'The sign-in has ended; sign in again.',
  },
  'auth.wrong-password': {
    status: 401,
    retryable: false,
    advice:
      'Nobody signs in by this name and password; check both, or ask a tenant administrator for a new one.',
  },
  'auth.invalid-token': {
    status: 401,
    retryable: false,
    advice: 'The token is not accepted, for the reason in the message; get a new one from your issuer.',
  },
  'auth.issuer-unavailable': {
    status: 503,
    retryable: true,
    advice: "The issuer's keys cannot be had, so no token of it can be verified; repeat after `retry-after`.",
  },
  'auth.forbidden': {
    status: 403,
    retryable: false,
    advice: 'You may not do this; the message says what is needed, docs/reference/permissions.md who has it.',
  },
  'auth.cross-site': {
    status: 403,
    retryable: false,
    advice:
      'A page of another site sent this; call from a page of this one, or list its origin in `http.corsOrigins`.',
  },
  'route.unknown': { status: 404, retryable: false, advice: 'There is no such route; see /docs.' },
  'route.method-not-allowed': {
    status: 405,
    retryable: false,
    advice: 'The route does not accept this method; see /docs.',
  },
  'resource.not-found': {
    status: 404,
    retryable: false,
    advice: 'There is no such resource for this tenant.',
  },
  'model.not-found': {
    status: 404,
    retryable: false,
    advice: 'No configured provider serves this model; GET /v1/models lists those that are.',
  },
  'model.no-candidate': {
    status: 400,
    retryable: false,
    advice: 'No model may answer this call: each was excluded, for the reasons that the message names.',
  },
  'budget.exceeded': {
    status: 429,
    retryable: false,
    advice: 'A hard budget has no room for this call; raise the limit, or wait for its next window.',
  },
  'budget.reservation-too-old': {
    status: 409,
    retryable: false,
    advice: 'The reservation id is older than the longest deadline; make a new one.',
  },
  'command.conflict': {
    status: 409,
    retryable: true,
    advice: 'Others changed the same aggregate at the same time; read it again and repeat.',
  },
  'command.rejected': {
    status: 422,
    retryable: false,
    advice: 'The command is not allowed in the present state of the aggregate.',
  },
  'ledger.busy': {
    status: 503,
    retryable: true,
    advice: 'The ledger did not answer in time; nothing was spent; repeat after `retry-after`.',
  },
  'log.unavailable': {
    status: 503,
    retryable: true,
    advice: 'The event log cannot be reached, so nothing could be recorded; repeat after `retry-after`.',
  },
  'log.timeout': {
    status: 503,
    retryable: true,
    advice: 'The event log did not acknowledge in time; repeat after `retry-after`.',
  },
  'log.full': {
    status: 503,
    retryable: true,
    advice: 'The event log has no space left; free disk space on its server.',
  },
  'log.commit-too-large': {
    status: 413,
    retryable: false,
    advice: 'A commit holds at most 512 KiB; split the command.',
  },
  'log.history-changed': {
    status: 503,
    retryable: false,
    advice: 'The log was recreated, truncated or lost its tail; rebuild the read model or restore the log.',
  },
  'log.unsafe-replication': {
    status: 503,
    retryable: false,
    advice:
      'This nats-server does not enforce expectations on replicated streams; upgrade it or use one replica.',
  },
  'read-store.unavailable': {
    status: 503,
    retryable: true,
    advice: 'The read models cannot be reached; repeat after `retry-after`.',
  },
  'read-store.behind': {
    status: 503,
    retryable: true,
    advice: 'The read model has not reached the asked position in time; repeat after `retry-after`.',
  },
  'vault.unavailable': {
    status: 503,
    retryable: true,
    advice: 'The vault cannot be reached, so contents could not be protected; repeat after `retry-after`.',
  },
  'vault.redacted': {
    status: 410,
    retryable: false,
    advice: 'The content was erased and cannot be read again.',
  },
  'provider.unreachable': {
    status: 502,
    retryable: true,
    advice: 'The provider could not be reached; nothing was billed for it.',
  },
  'provider.timeout': { status: 504, retryable: true, advice: 'The provider did not answer in time.' },
  'provider.error': { status: 502, retryable: true, advice: 'The provider answered with an error.' },
  'provider.rejected': {
    status: 400,
    retryable: false,
    advice: 'The provider refused the request as invalid.',
  },
  'provider.rate-limited': {
    status: 429,
    retryable: true,
    advice: 'The provider limits its rate; repeat after `retry-after`.',
  },
  'provider.overloaded': {
    status: 503,
    retryable: true,
    advice: 'The provider has no capacity now; repeat after `retry-after`.',
  },
  'provider.circuit-open': {
    status: 503,
    retryable: true,
    advice: 'The provider failed so often that it is left alone for a while; repeat after `retry-after`.',
  },
  'provider.busy': {
    status: 503,
    retryable: true,
    advice: 'As many calls as this provider may have are in flight and waiting; repeat after `retry-after`.',
  },
  'provider.context-exceeded': {
    status: 400,
    retryable: false,
    advice:
      'The request is longer than what the model can read; shorten it, or name a model that reads more.',
  },
  'provider.content-refused': {
    status: 400,
    retryable: false,
    advice: 'The provider refused the content by its own policy.',
  },
  'provider.garbage': {
    status: 502,
    retryable: true,
    advice: 'The provider answered something that is not a completion.',
  },
  'provider.cut-off': {
    status: 502,
    retryable: true,
    advice: 'The provider ended the stream before the answer was complete.',
  },
  'limit.rate-exceeded': {
    status: 429,
    retryable: true,
    advice: 'More was asked within a minute than is allowed; repeat after `retry-after`.',
  },
  'limit.concurrent-exceeded': {
    status: 429,
    retryable: true,
    advice: 'As many calls as are allowed at once are in flight; repeat when one has ended.',
  },
  'gateway.overloaded': {
    status: 503,
    retryable: true,
    advice: 'Too many calls are in flight; repeat after `retry-after`.',
  },
  'gateway.stopping': {
    status: 503,
    retryable: true,
    advice: 'The gateway is stopping; repeat at once, another one will answer.',
  },
  'blobs.unavailable': {
    status: 503,
    retryable: true,
    advice: 'A stored file could not be read or written now; repeat after `retry-after`.',
  },
  'document.gave-up': {
    status: 422,
    retryable: false,
    advice:
      'The document ended its worker each time it was read; it is parked, and nothing else waits for it.',
  },
  'config.invalid': {
    status: 500,
    retryable: false,
    advice: 'The configuration is not valid; the message names the field.',
  },
  internal: {
    status: 500,
    retryable: true,
    advice: 'Something unexpected happened; the request id finds it in the log.',
  },
  'document.empty': {
    status: 422,
    retryable: false,
    advice: 'The document has no text; there is nothing in it to search or to quote.',
  },
  'document.encrypted': {
    status: 422,
    retryable: false,
    advice: 'The document is protected by a password; upload a copy without one.',
  },
  'document.unreadable': {
    status: 422,
    retryable: false,
    advice: 'The document is damaged or not what it claims to be; open it, save it anew and upload that.',
  },
  'document.unsupported': {
    status: 415,
    retryable: false,
    advice: 'Files of this type are not read; convert it to PDF, DOCX, HTML, Markdown, text, CSV or JSON.',
  },
  'document.too-large': {
    status: 413,
    retryable: false,
    advice: 'Unpacked, the document is larger than the limits of extraction; split it.',
  },
  'document.needs-ocr': {
    status: 422,
    retryable: false,
    advice:
      'The document is a picture of text; install `tesseract` with the language beside Daybook, or upload a copy with text.',
  },
  'document.timed-out': {
    status: 422,
    retryable: true,
    advice: 'The document was not read within the time that extraction may take; split it, or try again.',
  },
  'retrieval.vector-mismatch': {
    status: 409,
    retryable: false,
    advice:
      'The vector has another dimension than the index; embed with the model and the dimensions that the index was made with, or make it again.',
  },
  'vectors.unavailable': {
    status: 503,
    retryable: true,
    advice:
      'The vector store did not answer as it should; look at `QDRANT_URL` and at the server, and repeat.',
  },
  'rerank.unavailable': {
    status: 503,
    retryable: false,
    advice:
      'The reranker cannot be asked; install `@huggingface/transformers` and name a folder that holds a cross-encoder in ONNX.',
  },

  // Uploads in pieces
  'upload.out-of-place': {
    status: 409,
    retryable: false,
    advice: 'A piece begins where the one before it ended; `received` says how many bytes are there.',
  },
  'upload.too-many': {
    status: 409,
    retryable: false,
    advice:
      'There are as many unfinished uploads as a tenant may have; finish or delete one, or wait until they expire after a day.',
  },

  // Streamed answers
  'provider.answer-too-long': {
    status: 502,
    retryable: false,
    advice:
      'The streamed answer is longer than `limits.answerBytes`; ask for less (`max_tokens`), or raise the limit.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

/** Typed facts about an error that a caller may see. Never a secret, never a stack. */
export type ErrorFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** The only error that Daybook throws on purpose; `code` selects its row in {@link errorCatalogue}. */
export class DaybookError extends Error {
  override readonly name = 'DaybookError';
  readonly code: ErrorCode;
  readonly fields: ErrorFields;

  constructor(code: ErrorCode, message?: string, fields: ErrorFields = {}, options?: ErrorOptions) {
    super(message ?? errorCatalogue[code].advice, options);
    this.code = code;
    this.fields = fields;
  }

  get status(): number {
    return errorCatalogue[this.code].status;
  }

  get retryable(): boolean {
    return errorCatalogue[this.code].retryable;
  }
}

export const isDaybookError = (error: unknown, code?: ErrorCode): error is DaybookError =>
  error instanceof DaybookError && (code === undefined || error.code === code);

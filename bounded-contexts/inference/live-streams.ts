/** A part of a streamed answer: consecutive events, the first one's number, and whether the stream ends with them. */
export interface LivePart {
  /** Number of the first event, from 1. */
  readonly from: number;
  /** Server-sent events as they were delivered, without their ids. Empty: a sign of life. */
  readonly events: readonly string[];
  readonly ended: boolean;
  /** In each part: the event that tells a reader, in the caller's dialect, that no more will come. */
  readonly ifCutOff: string;
}

export interface LivePlace {
  readonly tenant: string;
  /** The invocation's id. */
  readonly stream: string;
  /** Whose key protects it. */
  readonly subject: string;
  /** The API key that may read it again. */
  readonly key: string;
}

/**
 * Streamed answers as they are delivered, kept for minutes, so that a reader whose connection broke can go on.
 * Throws `log.unavailable`, `vault.unavailable`.
 */
export interface LiveStreams {
  append(place: LivePlace, part: LivePart): Promise<void>;
  /** Forgets a stream before its time. */
  remove(place: { readonly tenant: string; readonly stream: string }): Promise<void>;
  /**
   * All parts of a stream in order, those to come included; ends after the last. Undefined where there is no such
   * stream of this tenant and key (null: of any of its keys). Yields an empty part at least every second.
   */
  read(
    place: { readonly tenant: string; readonly stream: string; readonly key: string | null },
    signal: AbortSignal,
  ): Promise<AsyncIterable<LivePart> | undefined>;
}

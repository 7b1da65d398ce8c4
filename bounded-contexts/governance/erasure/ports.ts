import type { ContentPlace, Position } from '../../kernel/index.ts';

/** What there is of a person beside the key: found in read models, removed where it is kept. */
export interface Traces {
  /** Resolves once what was on the log at `position` can be found; throws `read-store.behind`. */
  upTo(position: Position): Promise<void>;
  /** Sessions in which nobody else is named. */
  sessions(tenant: string, subject: string): Promise<readonly string[]>;
  /** Keys in force that act for the person. */
  keys(tenant: string, subject: string): Promise<readonly string[]>;
  /** Calls whose streamed answers may still be kept for readers who come back. */
  streams(tenant: string, subject: string): Promise<readonly string[]>;
  /** Where all that their key sealed lies, in pages. */
  contents(
    tenant: string,
    subject: string,
  ): AsyncIterable<readonly (ContentPlace & { readonly id: string })[]>;
  /** How many records name them, by an id that stands for nobody from now on. */
  records(tenant: string, subject: string): Promise<{ invocations: number; messages: number; audit: number }>;
  /** Removes answers that were kept to be given again; returns how many. */
  removeReplies(tenant: string, subject: string): Promise<number>;
  removeStream(tenant: string, stream: string): Promise<void>;
}

import type { Commit, CommittedEvent } from '../../bounded-contexts/kernel/index.ts';
import type { Sql } from '../ports.ts';
import type { Table } from './columns.ts';

/** Something that a projector applies: an event of the log, or a content. */
export interface Item {
  /** Unique for ever; the same id twice is the same item twice. */
  readonly id: string;
  readonly type: string;
  readonly tenant: string;
  readonly subject: string;
  /** The aggregate whose later events depend on this one, or undefined for a fact. */
  readonly aggregate: string | undefined;
  readonly stream: number;
  readonly sequence: number;
  /** Unix milliseconds. */
  readonly at: number;
  /** Of the commit that it came in; undefined for a content. */
  readonly commitId: string | undefined;
}

export interface EventItem extends Item {
  readonly family: string;
  readonly event: CommittedEvent;
  readonly index: number;
  readonly commit: Commit;
  readonly position: string;
  /** Size of the commit, shared evenly among its events. */
  readonly bytes: number;
}

export interface ContentItem extends Item {
  readonly content: string;
  readonly dataSubject: string;
  readonly position: string;
  readonly index: number;
}

/** The name of a table in the generation that is being written. */
export type TableNames = (table: string) => string;

/** What the runtime needs to know of a projector, whatever it applies. */
export interface Definition<I extends Item> {
  /** Of the read model, as in `GET /projections`. */
  readonly name: string;
  /** Raise it where the same events lead to other rows: a new generation is then built beside the old. */
  readonly version: number;
  readonly tables: readonly Table[];
  /** Money: an event that cannot be applied stops the projector instead of being parked. */
  readonly money?: true;
  /**
   * Applies items in order, in the caller's transaction. Must be idempotent by item id, and must not look at
   * the clock: the same log makes the same rows.
   */
  apply(sql: Sql, names: TableNames, items: readonly I[]): Promise<void>;
  /**
   * For large tables: `fill` only adds rows to tables that have no index yet; `finish` removes what came twice,
   * calls `index` and derives the other tables. What both leave must be what `apply` would have made.
   */
  readonly bulk?: {
    fill(sql: Sql, names: TableNames, items: readonly I[]): Promise<void>;
    finish(sql: Sql, names: TableNames, index: () => Promise<void>): Promise<void>;
  };
}

export interface EventProjector extends Definition<EventItem> {
  readonly source: 'events';
  /** A NATS filter: `es.*.*.ledger`. */
  readonly filter: string;
  /**
   * Which of the events that the filter lets through it applies; default all. For one that looks for a few among many:
   * where a batch has none of them, nothing is written but, now and then, how far it has looked.
   */
  readonly wants?: (event: CommittedEvent) => boolean;
}

export interface ContentProjector extends Definition<ContentItem> {
  readonly source: 'contents';
}

export type Projector = EventProjector | ContentProjector;

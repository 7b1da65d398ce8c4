import type { DaybookError } from '../../schemas/errors.ts';
import type { Position } from '../kernel/index.ts';
import type { LedgerCommand, LedgerReply } from './commands.ts';

/** How a command ended. `refused`: the ledger says no; `failed`: nothing is known to have happened. */
export type Result =
  | { readonly kind: 'done'; readonly reply: LedgerReply; position: Position | null }
  | { readonly kind: 'refused'; readonly error: DaybookError; readonly mayPass: boolean }
  | { readonly kind: 'failed'; readonly error: unknown };

/** A command on its way through a writer. */
export interface Item {
  readonly command: LedgerCommand;
  /** Monotonic ms at which its caller is told `ledger.busy`, and until which it waits for pending money. */
  readonly deadline: number;
  readonly passUntil: number;
  readonly end: (result: Result) => void;
  /** True once its caller was told; what becomes of it then concerns nobody but the ledger. */
  ended: boolean;
}

export function endItem(item: Item, result: Result): void {
  if (item.ended) return;
  item.ended = true;
  item.end(result);
}

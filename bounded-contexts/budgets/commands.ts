import type { DaybookError } from '../../schemas/errors.ts';
import type { Period, ScopeKind } from '../../schemas/primitives.ts';
import type { Nano, Origin } from '../kernel/index.ts';
import type { LedgerEvent } from './ledger.ts';
import type { Mode } from './pools.ts';

interface BudgetKey {
  readonly scope: ScopeKind;
  readonly id: string;
  readonly period: Period;
}

/** What can be asked of a ledger. `by.command` makes a policy command idempotent. */
export type LedgerCommand =
  | {
      readonly kind: 'reserve';
      readonly reservation: string;
      readonly scopes: readonly string[];
      /** Wanted; lowered towards the remainder near a hard limit, but never below `floor`. */
      readonly amount: Nano;
      readonly floor: Nano;
      readonly expiresAt: number;
    }
  | {
      readonly kind: 'top-up';
      readonly reservation: string;
      readonly topUp: string;
      readonly amount: Nano;
    }
  | {
      readonly kind: 'settle';
      readonly reservation: string;
      readonly amount: Nano;
      readonly tier: number;
      readonly scopes: readonly string[];
      readonly day: string;
    }
  /** Settles in full what expired without a completion. */
  | { readonly kind: 'reap'; readonly reservation: string }
  | { readonly kind: 'void'; readonly reservation: string }
  | ({ readonly kind: 'define'; readonly limit: Nano; readonly mode: Mode; readonly by: Origin } & BudgetKey)
  | ({ readonly kind: 'remove'; readonly by: Origin } & BudgetKey)
  | ({ readonly kind: 'reset'; readonly by: Origin } & BudgetKey)
  | { readonly kind: 'configure'; readonly timeZone: string; readonly by: Origin };

export type CommandOf<K extends LedgerCommand['kind']> = Extract<LedgerCommand, { kind: K }>;

export type LedgerReply =
  | {
      readonly kind: 'reserved';
      readonly granted: Nano;
      readonly scopes: readonly string[];
      readonly day: string;
      /** Smallest remainder over the budgets in force on its scopes after it; null without any. */
      readonly remaining: Nano | null;
    }
  | { readonly kind: 'settled'; readonly outcome: 'settled' | 'adjusted' | 'already' }
  | { readonly kind: 'done' };

/** What a command comes to in a state: events and an answer, or a refusal. */
export type Decision =
  | { readonly events: readonly LedgerEvent[]; readonly reply: LedgerReply }
  | {
      readonly refusal: DaybookError;
      /** Only pending money stands in the way: it may pass once some of it is freed. */
      readonly mayPass: boolean;
    };

export const nothing: readonly LedgerEvent[] = [];

import type { Table } from '../runtime/columns.ts';

/** One row a ledger: its time zone, and the last event that counted. */
export const budgetLedgers: Table = {
  name: 'budget_ledgers',
  columns: [
    ['tenant_id', 'text not null'],
    ['position', 'text not null'],
    ['event_index', 'int not null'],
    ['time_zone', 'text'],
  ],
  key: ['tenant_id'],
  indexes: [],
};

/** The budgets that are defined now. */
export const budgets: Table = {
  name: 'budgets',
  columns: [
    ['tenant_id', 'text not null'],
    ['scope', 'text not null'],
    ['scope_id', 'text not null'],
    ['period', 'text not null'],
    ['limit_nano', 'numeric not null'],
    ['mode', 'text not null'],
    ['defined_at', 'timestamptz not null'],
    ['position', 'text not null'],
  ],
  key: ['tenant_id', 'scope', 'scope_id', 'period'],
  indexes: [],
};

/** The money of every scope in every window, budgeted or not. */
export const budgetPools: Table = {
  name: 'budget_pools',
  columns: [
    ['tenant_id', 'text not null'],
    ['scope', 'text not null'],
    ['scope_id', 'text not null'],
    ['period', 'text not null'],
    ['window_name', 'text not null'],
    ['posted', 'numeric not null'],
    ['pending', 'numeric not null'],
    ['baseline', 'numeric not null'],
  ],
  key: ['tenant_id', 'scope', 'window_name', 'scope_id'],
  indexes: [],
};

export const budgetAlerts: Table = {
  name: 'budget_alerts',
  columns: [
    ['tenant_id', 'text not null'],
    ['id', 'text not null'],
    ['at', 'timestamptz not null'],
    ['scope', 'text not null'],
    ['scope_id', 'text not null'],
    ['period', 'text not null'],
    ['window_name', 'text not null'],
    ['threshold', 'int not null'],
    ['posted', 'numeric not null'],
    ['limit_nano', 'numeric not null'],
  ],
  key: ['tenant_id', 'id'],
  indexes: ['tenant_id, scope, scope_id, at desc'],
};

-- Snapshots of ledgers, one a tenant. Losing them costs a longer fold at the next start, nothing else.
create table if not exists read.ledger_snapshots (
  tenant       text primary key,
  position     text not null,
  fold_version integer not null,
  hash         text not null,
  state        text not null,
  taken_at     timestamptz not null default now()
);

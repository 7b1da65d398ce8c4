-- Where process managers go on after a restart. Losing it costs repetition, and repetition changes nothing.
create table if not exists read.process_checkpoints (
  name       text primary key,
  positions  jsonb not null,
  state      text,
  updated_at timestamptz not null default now()
);

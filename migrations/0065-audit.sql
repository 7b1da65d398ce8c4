-- Signed checkpoints of the embedded log, and what the vault remembers of the last one of any log. Idempotent, since
-- the Postgres adapter applies it by itself where it finds a log without it.

create table if not exists log.audit (
  number bigint primary key,
  -- The stream of the log that it speaks of.
  stream int not null,
  body bytea not null
);
create index if not exists audit_stream on log.audit (stream, number);

create or replace trigger audit_is_immutable
  before update or delete or truncate on log.audit
  for each statement execute function log.refuse_change();

-- Stores a checkpoint if its number is the next. False: another notary was faster.
create or replace function log.append_checkpoint(of_number bigint, of_stream int, of_body bytea)
returns boolean language plpgsql as $$
begin
  if of_number <> coalesce((select max(a.number) from log.audit a), 0) + 1 then
    return false;
  end if;
  insert into log.audit values (of_number, of_stream, of_body) on conflict do nothing;
  return found;
end
$$;

create schema if not exists vault;

-- The last checkpoint that was signed, by the log's epoch: apart from the log, which may lose its end.
create table if not exists vault.audit_witness (
  epoch  text primary key,
  number bigint not null,
  hash   text not null,
  stream int not null,
  sealed_to bigint not null
);

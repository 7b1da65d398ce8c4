-- The embedded event log and its contents: what the Postgres adapter (infra/event-log/postgres) keeps.
-- Idempotent, since the adapter applies it by itself where it finds no log.

create schema if not exists log;

-- One row for commits, one for contents. Whoever appends locks its row: one writer at a time, so that sequences
-- have no gaps and become visible in their order. The fill factor leaves room to update it in place.
create table if not exists log.head (
  kind text primary key check (kind in ('commits', 'contents')),
  epoch text not null,
  sequence bigint not null default 0
) with (fillfactor = 10);

create table if not exists log.commits (
  sequence bigint primary key,
  subject text collate "C" not null,
  -- Hash of subject and command id: a command is stored once on a subject, for ever.
  message_id text collate "C" not null unique,
  -- The commit as JSON, byte for byte as it was encoded.
  body text not null
);

create index if not exists commits_subject on log.commits (subject, sequence);

create table if not exists log.contents (
  sequence bigint primary key,
  tenant text collate "C" not null,
  message_id text collate "C" not null unique,
  -- A content frame (infra/event-log/content-frame.ts).
  body bytea not null
);

-- Facts are immutable, also for those who may write. Contents may end.
create or replace function log.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'commits are never changed or removed';
end
$$;

create or replace trigger commits_are_immutable
  before update or delete or truncate on log.commits
  for each statement execute function log.refuse_change();

-- The end of the log, for the one who writes now. Whoever knows another history is refused.
create or replace function log.lock_head(of_kind text, of_epoch text) returns bigint language plpgsql as $$
declare
  head bigint;
begin
  select h.sequence into head from log.head h where h.kind = of_kind and h.epoch = of_epoch for update;
  if not found then
    raise exception 'the log is of another epoch than %', of_epoch using errcode = 'DB001';
  end if;
  return head;
end
$$;

-- Appends a group in order. `expected`: the sequence of the subject's last commit, 0 for none, -1 for any.
-- Outcomes: 'appended' and 'duplicate' with the sequence, 'wrong-expectation' without.
create or replace function log.append(
  of_epoch text, subjects text[], ids text[], expectations bigint[], bodies text[])
returns table (outcome text, sequence bigint) language plpgsql as $$
declare
  head bigint;
  begun bigint;
  item record;
  stored bigint;
begin
  head := log.lock_head('commits', of_epoch);
  begun := head;
  for item in
    select * from unnest(subjects, ids, expectations, bodies) as t (subject, id, expected, body)
  loop
    select c.sequence into stored from log.commits c where c.message_id = item.id;
    if found then
      outcome := 'duplicate';
      sequence := stored;
      return next;
      continue;
    end if;
    if item.expected >= 0 then
      select c.sequence into stored
        from log.commits c where c.subject = item.subject order by c.sequence desc limit 1;
      if coalesce(stored, 0) <> item.expected then
        outcome := 'wrong-expectation';
        sequence := null;
        return next;
        continue;
      end if;
    end if;
    head := head + 1;
    insert into log.commits values (head, item.subject, item.id, item.body);
    outcome := 'appended';
    sequence := head;
    return next;
  end loop;
  if head > begun then
    update log.head h set sequence = head where h.kind = 'commits';
    perform pg_notify('daybook_log', head::text);
  end if;
end
$$;

-- The same for contents, which expect nothing. Returns the sequences in order.
create or replace function log.append_contents(of_epoch text, tenants text[], ids text[], bodies bytea[])
returns table (sequence bigint) language plpgsql as $$
declare
  head bigint;
  item record;
begin
  head := log.lock_head('contents', of_epoch);
  for item in select * from unnest(tenants, ids, bodies) as t (tenant, id, body) loop
    select c.sequence into sequence from log.contents c where c.message_id = item.id;
    if not found then
      head := head + 1;
      insert into log.contents values (head, item.tenant, item.id, item.body);
      sequence := head;
    end if;
    return next;
  end loop;
  update log.head h set sequence = head where h.kind = 'contents';
  perform pg_notify('daybook_contents', head::text);
end
$$;

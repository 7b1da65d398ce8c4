-- Schema `read`: all that projectors make of the log. It is the only schema that may be thrown away.
--
-- Roles belong to the whole server, which several databases (and several migrations at the same moment) may
-- share: whoever comes second finds them made.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['daybook_app', 'daybook_projector'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      begin
        execute format('create role %I nologin nosuperuser nobypassrls', wanted);
      exception when duplicate_object or unique_violation then
        null;
      end;
    end if;
    -- Where the owner is no superuser it has to be a member to take the role on.
    if not pg_has_role(current_user, wanted, 'MEMBER') then
      begin
        execute format('grant %I to current_user', wanted);
      exception when unique_violation or internal_error then
        null;
      end;
    end if;
  end loop;
end $$;

create schema read;
-- The projector owns the tables of each generation: it makes them, fills them and drops them.
grant usage, create on schema read to daybook_projector;
grant usage on schema read to daybook_app;

-- A generation is one set of tables of one projector. `live` is the one behind the views, `filling` comes
-- next, `old` is kept for going back, `scratch` is only compared and then dropped.
create table read.generations (
  projector text not null,
  generation int not null,
  version int not null,
  state text not null check (state in ('filling', 'live', 'old', 'scratch')),
  -- False until its indexes and derived tables are made: then it is still no answer to anyone.
  complete boolean not null default false,
  created_at timestamptz not null default now(),
  switched_at timestamptz,
  primary key (projector, generation)
);
create unique index generations_live on read.generations (projector) where state = 'live';

-- How far a generation has applied the log: one row a stream, moved in the transaction that applied.
create table read.checkpoints (
  projector text not null,
  generation int not null,
  stream int not null,
  epoch text not null,
  sequence bigint not null,
  -- The last commit that was applied, to recognise a log that is no longer the same.
  last_sequence bigint,
  last_commit text,
  last_at timestamptz,
  -- Set when another generation took over: whoever still writes here loses its compare-and-set.
  retired boolean not null default false,
  moved_at timestamptz not null default now(),
  primary key (projector, generation, stream),
  foreign key (projector, generation) references read.generations on delete cascade
);

-- Events that could not be applied. They are looked at by people, and gone after a rebuild that succeeds.
create table read.dead_letters (
  tenant_id text not null,
  projector text not null,
  generation int not null,
  event_id text not null,
  event_type text not null,
  subject text not null,
  -- Set for an aggregate: its later events wait behind this one.
  blocks text,
  stream int not null,
  sequence bigint not null,
  error text not null,
  parked_at timestamptz not null default now(),
  primary key (tenant_id, projector, generation, event_id),
  foreign key (projector, generation) references read.generations on delete cascade
);
create index dead_letters_by_projector on read.dead_letters (tenant_id, projector, generation, blocks);

-- What each projector says of itself, so that every process can answer GET /projections.
create table read.projector_status (
  projector text primary key,
  state text not null,
  generation int,
  lag_commits bigint not null,
  lag_seconds double precision not null,
  dead_letters int not null default 0,
  error text,
  instance text not null,
  progress jsonb,
  reported_at timestamptz not null default now()
);

-- Rebuilds that were asked for over HTTP; the process that runs the projectors takes them.
create table read.rebuild_requests (
  projector text primary key,
  requested_at timestamptz not null default now()
);

alter table read.rebuild_requests owner to daybook_projector;
alter table read.generations owner to daybook_projector;
alter table read.checkpoints owner to daybook_projector;
alter table read.dead_letters owner to daybook_projector;
alter table read.projector_status owner to daybook_projector;
grant select on read.generations, read.checkpoints, read.projector_status, read.dead_letters to daybook_app;

alter table read.dead_letters enable row level security, force row level security;
create policy projector on read.dead_letters to daybook_projector using (true) with check (true);
-- After its first use in a session an unset parameter reads as '', not as null.
create policy tenant on read.dead_letters for select to daybook_app
  using (tenant_id = nullif(current_setting('app.tenant_id', true), ''));

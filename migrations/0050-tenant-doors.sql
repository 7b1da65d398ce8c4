-- Row-level security on what commands keep beside the log. A process takes on the role and names the tenant in
-- the transaction in which it reads or writes (infra/tenant-door); without both it sees and changes nothing,
-- also where it connects as the owner of the tables.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['daybook_vault', 'daybook_backup', 'daybook_sweeper'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      begin
        execute format('create role %I nologin nosuperuser nobypassrls', wanted);
      exception when duplicate_object or unique_violation then
        null;
      end;
    end if;
  end loop;
  -- Who signs in may take on the roles, and has by itself none of what they may do: where it is no superuser it
  -- passes by no policy. (Before Postgres 16 that is an attribute of who signs in: see docs/guides/operation.md.)
  foreach wanted in array array['daybook_app', 'daybook_vault', 'daybook_backup', 'daybook_sweeper'] loop
    begin
      execute format('grant %I to current_user%s', wanted,
        case when current_setting('server_version_num')::int >= 160000 then ' with inherit false, set true' end);
    exception when unique_violation or internal_error or insufficient_privilege then
      -- Another migration at this moment, or an administrator, has done it.
      null;
    end;
  end loop;
end $$;

-- What it held is gone within a quarter of an hour by itself: made anew, with its tenant in the key.
drop table vault.live_streams;
create table vault.live_streams (
  tenant_id text not null,
  stream    text not null,
  number    int not null,
  sealed    bytea not null,
  at        timestamptz not null default now(),
  primary key (tenant_id, stream, number)
);
create index live_streams_at on vault.live_streams (tenant_id, at);

alter table vault.replies rename column tenant to tenant_id;
drop index vault.replies_expires_at;
create index replies_expires_at on vault.replies (tenant_id, expires_at);
alter table read.ledger_snapshots rename column tenant to tenant_id;

grant usage on schema vault to daybook_vault, daybook_backup;
grant usage on schema read to daybook_vault;

do $$
declare
  of_table text;
begin
  foreach of_table in array array[
    'vault.tenant_keys', 'vault.subject_keys', 'vault.opaque_ids', 'vault.replies', 'vault.live_streams',
    'read.ledger_snapshots'
  ] loop
    execute format('alter table %s enable row level security, force row level security', of_table);
    execute format('grant select, insert, update, delete on %s to daybook_vault', of_table);
    -- After its first use in a session an unset parameter reads as '', not as null.
    execute format(
      'create policy tenant on %s to daybook_vault
         using (tenant_id = nullif(current_setting(''app.tenant_id'', true), ''''))
         with check (tenant_id = nullif(current_setting(''app.tenant_id'', true), ''''))', of_table);
  end loop;
  -- A backup is of all tenants, and a restore fills what is empty: neither changes or removes a row.
  foreach of_table in array array['vault.tenant_keys', 'vault.subject_keys', 'vault.opaque_ids'] loop
    execute format('grant select, insert on %s to daybook_backup', of_table);
    execute format('create policy backup on %s to daybook_backup using (true) with check (true)', of_table);
  end loop;
end $$;
grant select, insert on vault.secrets to daybook_backup;

-- Who removes what has ended sees nothing else of anybody.
grant usage on schema vault to daybook_sweeper;
grant select, delete on vault.replies to daybook_sweeper;
create policy expired on vault.replies to daybook_sweeper using (expires_at < now());

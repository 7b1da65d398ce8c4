-- Keys of periods: what of a tenant's prompts, answers, messages or addresses is of one day ends with its key, for all
-- people at once (docs/adr/0086). `wrapped` is 32 bytes under the tenant's key.
create table vault.period_keys (
  tenant_id  text not null,
  kind       text not null,
  -- Days since 1970-01-01, UTC.
  day        int not null,
  wrapped    bytea not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, kind, day)
);

-- What has ended: no key of a day before this is ever made again.
create table vault.period_floors (
  tenant_id text not null,
  kind      text not null,
  before    int not null,
  primary key (tenant_id, kind)
);

do $$
declare
  of_table text;
begin
  foreach of_table in array array['vault.period_keys', 'vault.period_floors'] loop
    execute format('alter table %s enable row level security, force row level security', of_table);
    execute format('grant select, insert, update, delete on %s to daybook_vault', of_table);
    execute format(
      'create policy tenant on %s to daybook_vault
         using (tenant_id = nullif(current_setting(''app.tenant_id'', true), ''''))
         with check (tenant_id = nullif(current_setting(''app.tenant_id'', true), ''''))', of_table);
    execute format('grant select, insert on %s to daybook_backup', of_table);
    execute format('create policy backup on %s to daybook_backup using (true) with check (true)', of_table);
  end loop;
end $$;

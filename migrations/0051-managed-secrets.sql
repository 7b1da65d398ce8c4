-- Secrets of the installation that people put in: keys of providers, of webhooks. Wrapped by the master key.
create table vault.managed_secrets (
  name       text primary key,
  wrapped    bytea not null,
  created_at timestamptz not null default now(),
  rotated_at timestamptz not null default now()
);
grant select, insert on vault.managed_secrets to daybook_backup;

-- When the master key was last changed, for the reminder.
create table vault.master_key_ages (
  one        boolean primary key default true check (one),
  rotated_at timestamptz not null default now()
);
insert into vault.master_key_ages default values;

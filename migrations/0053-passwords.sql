-- Passwords of people who sign in here and not at an issuer: a slow hash of each, gone with the person.
create table vault.passwords (
  tenant_id text not null,
  subject   text not null,
  -- scrypt$<log2 N>$<r>$<p>$<salt>$<hash>, base64url.
  hash      text not null,
  set_at    timestamptz not null default now(),
  primary key (tenant_id, subject)
);
alter table vault.passwords enable row level security, force row level security;
grant select, insert, update, delete on vault.passwords to daybook_vault;
create policy tenant on vault.passwords to daybook_vault
  using (tenant_id = nullif(current_setting('app.tenant_id', true), ''))
  with check (tenant_id = nullif(current_setting('app.tenant_id', true), ''));
grant select, insert on vault.passwords to daybook_backup;
create policy backup on vault.passwords to daybook_backup using (true) with check (true);

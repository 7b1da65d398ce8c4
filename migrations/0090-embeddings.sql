-- Vectors that are known already, by the hash of their text, within a department: what comes again is not embedded and
-- not paid again. Not a book of record: losing it costs calls of the embedding model.
create table vault.embeddings (
  tenant_id  text not null,
  department text not null,
  model      text not null,
  hash       text not null,
  -- 32-bit floats, little-endian.
  vector     bytea not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, department, model, hash)
);
alter table vault.embeddings enable row level security, force row level security;
grant select, insert, update, delete on vault.embeddings to daybook_vault;
create policy tenant on vault.embeddings to daybook_vault
  using (tenant_id = nullif(current_setting('app.tenant_id', true), ''))
  with check (tenant_id = nullif(current_setting('app.tenant_id', true), ''));

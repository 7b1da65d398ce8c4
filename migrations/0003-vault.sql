-- The vault: keys and the ids that callers supplied. Not rebuildable from the log: backed up with it.
create schema if not exists vault;

-- One row a data subject. `wrapped` is its AES-256 key under the tenant's; null once erased.
create table if not exists vault.subject_keys (
  tenant_id  text not null,
  subject    text not null,
  wrapped    bytea,
  created_at timestamptz not null default now(),
  erased_at  timestamptz,
  primary key (tenant_id, subject)
);

-- One row a tenant. `wrapped` is its AES-256 key under the master key.
create table if not exists vault.tenant_keys (
  tenant_id  text primary key,
  wrapped    bytea not null,
  created_at timestamptz not null default now()
);

-- What a caller supplied (perhaps personal) and the opaque id that stands for it on the log. `digest` is an
-- HMAC under the tenant's key, so that a stolen table cannot be searched for a known person.
create table if not exists vault.opaque_ids (
  tenant_id  text not null,
  kind       text not null,
  digest     bytea not null,
  opaque     text not null,
  sealed_raw bytea not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, kind, digest)
);
create unique index if not exists opaque_ids_by_opaque on vault.opaque_ids (tenant_id, opaque);

-- Small values of the installation: the secret of position tokens, wrapped by the master key.
create table if not exists vault.secrets (
  name    text primary key,
  wrapped bytea not null
);

-- Answers that may be given again, each sealed under its data subject's key and gone after its time: to a retry
-- with the same Idempotency-Key, or to an identical request that asks for the cache. Not a book of record: losing
-- it costs a second call.
create table if not exists vault.replies (
  tenant     text not null,
  kind       text not null check (kind in ('idempotency', 'cache')),
  key        text not null,
  request    text not null,
  invocation text not null,
  subject    text not null,
  sealed     bytea,
  expires_at timestamptz not null,
  primary key (tenant, kind, key)
);
create index if not exists replies_expires_at on vault.replies (expires_at);

-- Streamed answers as they were delivered, for readers who come back, where no nats-server keeps them.
create table if not exists vault.live_streams (
  stream  text not null,
  number  int not null,
  sealed  bytea not null,
  at      timestamptz not null default now(),
  primary key (stream, number)
);
create index if not exists live_streams_at on vault.live_streams (at);

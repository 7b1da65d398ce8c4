-- Answers to commands of the management routes are kept as those of models are, by their Idempotency-Key.
alter table vault.replies drop constraint if exists replies_kind_check;
alter table vault.replies add constraint replies_kind_check check (kind in ('idempotency', 'cache', 'command'));

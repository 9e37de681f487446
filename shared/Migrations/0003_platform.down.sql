DROP TABLE inbox, outbox, idempotency_keys, signing_keys;

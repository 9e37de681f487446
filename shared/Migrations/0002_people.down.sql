DROP FUNCTION find_institutions;
DROP TABLE sign_in_throttles, identity_sign_ins, user_identities, identity_issuers, user_roles, roles, refresh_tokens, user_sessions,
    email_tokens, user_recovery_codes, user_credentials, users, programs, institutions;
DROP PROCEDURE plan_anew;
DROP EXTENSION btree_gin;
DROP EXTENSION pg_trgm;

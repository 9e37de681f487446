DROP FUNCTION anonymize_user;

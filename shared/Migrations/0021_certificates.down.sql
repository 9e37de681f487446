DROP TRIGGER certificates_forgotten ON users;
DROP FUNCTION forget_certificates, withhold_exam_certificates, find_exam_certificate, exam_run_computed_at, revoked_certificates, find_certificate;
DROP TABLE exam_transcript_results, certificate_issues, certificate_counters, certificates;
DROP FUNCTION keep_certificate;
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT conname FROM pg_constraint WHERE conrelid = 'statement_keys'::regclass AND starts_with(conname, 'statement_keys_') LOOP
        EXECUTE format('ALTER TABLE statement_keys RENAME CONSTRAINT %I TO %I', name, 'receipt_' || substr(name, 11));
    END LOOP;
END
$$;
ALTER TABLE statement_keys RENAME TO receipt_keys;
ALTER INDEX statement_keys_one_signs RENAME TO receipt_keys_one_signs;
COMMENT ON TABLE receipt_keys IS 'The keys that receipts are signed with, a new one each year. Old ones verify for ever.';

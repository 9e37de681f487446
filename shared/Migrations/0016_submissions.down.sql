UPDATE assignment_plans SET why = 'requested' WHERE why = 'submission';
ALTER TABLE assignment_plans DROP CONSTRAINT assignment_plans_why_known;
ALTER TABLE assignment_plans ADD CONSTRAINT assignment_plans_why_known CHECK (why IN ('requested', 'drop-out', 'recusal'));
DROP INDEX competition_rounds_closing, competitions_closing;
DROP TRIGGER submissions_forgotten ON users;
DROP FUNCTION forget_submissions;
DROP TABLE receipt_keys, submission_reminders, submission_extensions, submission_files, submissions;
DROP FUNCTION keep_handed_in;

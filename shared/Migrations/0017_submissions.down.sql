DROP INDEX competition_rounds_closing, competitions_closing;
DROP TRIGGER submissions_forgotten ON users;
DROP FUNCTION forget_submissions;
DROP TABLE receipt_keys, submission_reminders, submission_extensions, submission_files, submissions;
DROP FUNCTION keep_handed_in;

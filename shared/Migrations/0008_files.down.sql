DROP TRIGGER forgotten_files ON users;
DROP FUNCTION forget_file_names;
DROP TABLE file_incidents, files;

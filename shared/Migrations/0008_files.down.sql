DROP TABLE file_incidents, files;

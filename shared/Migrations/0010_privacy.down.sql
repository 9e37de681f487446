DROP TABLE own_data_exports, consents;

DROP INDEX users_created, registrations_registered, submissions_submitted;
DROP TRIGGER analytics_forgotten ON users;
DROP TRIGGER analytics_withdrawn ON consents;
DROP TRIGGER analytics_days ON tenants;
DROP FUNCTION forget_in_analytics, move_analytics_days, roll_up_analytics, analytics_begin;
DELETE FROM partition_policies WHERE table_name = 'analytics_events';
DROP TABLE analytics_reports, analytics_days, analytics_rollups, analytics_changes, analytics_events, analytics_definitions;
DROP FUNCTION analytics_bucket;

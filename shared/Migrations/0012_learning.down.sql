DROP TABLE challenge_statistics, leaderboard_dirty, user_streaks;
DROP PROCEDURE need_attempt_month;
DELETE FROM partition_policies WHERE table_name = 'challenge_attempts';
DROP TABLE challenge_attempts, user_progress, user_enrollments, challenge_versions, challenges, lessons, modules, tracks;

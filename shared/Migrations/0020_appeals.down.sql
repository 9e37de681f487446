DROP TRIGGER appeals_forgotten ON users;
DROP FUNCTION forget_appeals;
DROP TRIGGER keep_version ON reviews;
DROP FUNCTION keep_review_version;
DROP TABLE round_standing_lines, round_standings, appeal_reviews, appeal_messages, competition_appeals, review_versions;

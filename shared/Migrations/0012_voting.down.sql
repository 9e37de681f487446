DELETE FROM partition_policies WHERE table_name = 'vote_audit_log';
DROP FUNCTION judge_votes, withdraw_vote, cast_vote;
DROP TYPE cast_outcome;
DROP FUNCTION vote_recount, vote_board, fold_votes, vote_log_counts, counted_choices, vote_log_end, add_vote_partitions;
DROP FUNCTION voting_lock;
DROP TABLE voter_emails, vote_folds, vote_counts, vote_log_seals, vote_audit_log, vote_places, vote_user_agents, votes, vote_options, voting_sessions;
DROP SEQUENCE vote_log_ids;

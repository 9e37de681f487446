DROP FUNCTION find_people, find_competitions;
DROP INDEX users_similar, users_search;
DROP TRIGGER forgotten ON users;
DROP TRIGGER leaves ON users;
DROP TABLE imported_people, competition_blueprints, competition_entrants, registrations, team_invitations, team_members, teams, entry_forms, competition_rounds, competition_moves, competitions, categories;
DROP FUNCTION forget_entries, leave_competitions, enter_alone, enter_with_team, count_seats, check_team_size, check_team_captain, check_winner, check_competition_move, competition_moves_allowed,
    make_competition_searchable, keep_categories_a_tree, search_query, dictionary_of, fold;
DROP EXTENSION unaccent;

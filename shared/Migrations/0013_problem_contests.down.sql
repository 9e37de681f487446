DROP TABLE contest_judgements, contest_rejudgings, contest_submissions, problem_contests;

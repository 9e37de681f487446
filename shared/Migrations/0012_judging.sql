CREATE TABLE judges (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    topics text[] NOT NULL DEFAULT '{}',
    capacity integer NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid,
    updated_at timestamptz NOT NULL,
    updated_by uuid,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT judges_user FOREIGN KEY (tenant_id, user_id) REFERENCES users,
    CONSTRAINT judges_capacity_range CHECK (capacity BETWEEN 0 AND 10000)
);
COMMENT ON TABLE judges IS 'People who judge: what they know, and how much they take on at once.';
CREATE INDEX judges_user ON judges (tenant_id, user_id);
CREATE UNIQUE INDEX judges_user_unique ON judges (tenant_id, user_id) WHERE deleted_at IS NULL;
CREATE INDEX judges_newest ON judges (tenant_id, id DESC) WHERE deleted_at IS NULL;
CALL protect('judges');
CALL audit('judges');

CREATE FUNCTION check_judge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM user_roles
        JOIN roles ON roles.tenant_id = user_roles.tenant_id AND roles.id = user_roles.role_id
        WHERE user_roles.tenant_id = NEW.tenant_id AND user_roles.user_id = NEW.user_id AND roles.name = 'JUDGE') THEN
        RAISE 'Who judges has the role JUDGE.' USING ERRCODE = 'check_violation', CONSTRAINT = 'judges_have_the_role';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER role BEFORE INSERT OR UPDATE OF user_id ON judges FOR EACH ROW EXECUTE FUNCTION check_judge();

CREATE TABLE competition_judges (
    tenant_id uuid NOT NULL,
    competition_id uuid NOT NULL,
    judge_id uuid NOT NULL,
    capacity integer,
    joined_at timestamptz NOT NULL,
    dropped_out_at timestamptz,
    reason text,
    PRIMARY KEY (tenant_id, competition_id, judge_id),
    CONSTRAINT competition_judges_competition FOREIGN KEY (tenant_id, competition_id) REFERENCES competitions ON DELETE CASCADE,
    CONSTRAINT competition_judges_judge FOREIGN KEY (tenant_id, judge_id) REFERENCES judges,
    CONSTRAINT competition_judges_capacity_range CHECK (capacity BETWEEN 0 AND 10000),
    CONSTRAINT competition_judges_reason_length CHECK (length(reason) BETWEEN 1 AND 1000)
);
COMMENT ON TABLE competition_judges IS 'The panel of a competition. Who drops out keeps the row; who comes back gets it again.';
CREATE INDEX competition_judges_judge ON competition_judges (tenant_id, judge_id);
CALL protect('competition_judges');
CALL audit('competition_judges');

CREATE TABLE judge_conflicts (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    competition_id uuid NOT NULL,
    judge_id uuid NOT NULL,
    registration_id uuid NOT NULL,
    reason text,
    declared_at timestamptz NOT NULL,
    declared_by uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT judge_conflicts_judge FOREIGN KEY (tenant_id, competition_id, judge_id) REFERENCES competition_judges ON DELETE CASCADE,
    CONSTRAINT judge_conflicts_registration FOREIGN KEY (tenant_id, competition_id, registration_id) REFERENCES registrations (tenant_id, competition_id, id) ON DELETE CASCADE,
    CONSTRAINT judge_conflicts_once UNIQUE (tenant_id, competition_id, judge_id, registration_id),
    CONSTRAINT judge_conflicts_reason_length CHECK (length(reason) BETWEEN 1 AND 1000)
);
COMMENT ON TABLE judge_conflicts IS 'Conflicts of interest that were declared. Those that follow from institutions, teams and addresses are found, not kept.';
CREATE INDEX judge_conflicts_registration ON judge_conflicts (tenant_id, competition_id, registration_id);
CALL protect('judge_conflicts');
CALL audit('judge_conflicts');

CREATE TABLE scoring_rubrics (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    competition_id uuid NOT NULL,
    round_id uuid,
    number integer NOT NULL,
    name text NOT NULL,
    criteria jsonb NOT NULL,
    rule jsonb NOT NULL,
    tie_breaks jsonb NOT NULL,
    total_points numeric(14, 4) NOT NULL,
    blind boolean NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT scoring_rubrics_competition FOREIGN KEY (tenant_id, competition_id) REFERENCES competitions ON DELETE CASCADE,
    CONSTRAINT scoring_rubrics_round FOREIGN KEY (tenant_id, competition_id, round_id) REFERENCES competition_rounds (tenant_id, competition_id, id) ON DELETE CASCADE,
    CONSTRAINT scoring_rubrics_of_competition UNIQUE (tenant_id, competition_id, id),
    CONSTRAINT scoring_rubrics_name_length CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT scoring_rubrics_criteria_array CHECK (jsonb_typeof(criteria) = 'array' AND jsonb_array_length(criteria) > 0),
    CONSTRAINT scoring_rubrics_tie_breaks_array CHECK (jsonb_typeof(tie_breaks) = 'array'),
    CONSTRAINT scoring_rubrics_total_points_positive CHECK (total_points > 0)
);
COMMENT ON TABLE scoring_rubrics IS 'What judges mark and how marks become scores. A rubric is never changed: a change makes its next number, and reviews keep the one they began with.';
CREATE INDEX scoring_rubrics_round ON scoring_rubrics (tenant_id, competition_id, round_id);
CREATE UNIQUE INDEX scoring_rubrics_number_unique ON scoring_rubrics (tenant_id, competition_id, round_id, number DESC) NULLS NOT DISTINCT;
CALL protect('scoring_rubrics');
REVOKE UPDATE ON scoring_rubrics FROM podium_app;

CREATE TABLE assignment_plans (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    competition_id uuid NOT NULL,
    round_id uuid NOT NULL,
    needed integer NOT NULL,
    registration_ids uuid[],
    weights jsonb NOT NULL,
    due_at timestamptz,
    why text NOT NULL,
    -- in the order of asking, which no clock tells of two in one instant
    position bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    requested_at timestamptz NOT NULL,
    requested_by uuid,
    finished_at timestamptz,
    cost bigint,
    proven_bound bigint,
    given integer,
    withdrawn integer,
    shortages jsonb,
    loads jsonb,
    pairs jsonb,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT assignment_plans_round FOREIGN KEY (tenant_id, competition_id, round_id) REFERENCES competition_rounds (tenant_id, competition_id, id) ON DELETE CASCADE,
    CONSTRAINT assignment_plans_needed_range CHECK (needed BETWEEN 1 AND 50),
    CONSTRAINT assignment_plans_why_known CHECK (why IN ('requested', 'round', 'drop-out', 'recusal', 'overdue')),
    CONSTRAINT assignment_plans_proven CHECK (proven_bound = cost)
);
COMMENT ON TABLE assignment_plans IS 'When judges were assigned to a round, by what rules, what could not be assigned and why, and the proof that it was the best that could be done.';
CREATE INDEX assignment_plans_round ON assignment_plans (tenant_id, competition_id, round_id, id DESC);
CALL protect('assignment_plans');

CREATE TABLE judge_assignments (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    competition_id uuid NOT NULL,
    round_id uuid NOT NULL,
    registration_id uuid NOT NULL,
    judge_id uuid NOT NULL,
    plan_id uuid NOT NULL,
    status text NOT NULL DEFAULT 'assigned',
    why jsonb NOT NULL,
    due_at timestamptz,
    assigned_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    reason text,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT judge_assignments_round FOREIGN KEY (tenant_id, competition_id, round_id) REFERENCES competition_rounds (tenant_id, competition_id, id) ON DELETE CASCADE,
    CONSTRAINT judge_assignments_registration FOREIGN KEY (tenant_id, competition_id, registration_id) REFERENCES registrations (tenant_id, competition_id, id),
    CONSTRAINT judge_assignments_judge FOREIGN KEY (tenant_id, competition_id, judge_id) REFERENCES competition_judges,
    CONSTRAINT judge_assignments_plan FOREIGN KEY (tenant_id, plan_id) REFERENCES assignment_plans,
    CONSTRAINT judge_assignments_status_known CHECK (status IN ('assigned', 'started', 'finished', 'recused', 'withdrawn')),
    CONSTRAINT judge_assignments_reason_length CHECK (length(reason) BETWEEN 1 AND 1000)
);
COMMENT ON TABLE judge_assignments IS 'Who judges what in a round, and why. What was taken back or recused stays as history.';
CREATE INDEX judge_assignments_competition ON judge_assignments (tenant_id, competition_id, round_id, status);
CREATE INDEX judge_assignments_registration ON judge_assignments (tenant_id, competition_id, registration_id);
CREATE INDEX judge_assignments_judge ON judge_assignments (tenant_id, competition_id, judge_id);
CREATE INDEX judge_assignments_of_judge ON judge_assignments (tenant_id, judge_id, id DESC) WHERE status <> 'withdrawn';
CREATE INDEX judge_assignments_plan ON judge_assignments (tenant_id, plan_id);
CREATE UNIQUE INDEX judge_assignments_once ON judge_assignments (tenant_id, round_id, registration_id, judge_id) WHERE status <> 'withdrawn';
CALL protect('judge_assignments');
CALL audit('judge_assignments', ignored => '{why}');

CREATE TABLE reviews (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    competition_id uuid NOT NULL,
    round_id uuid NOT NULL,
    judge_id uuid NOT NULL,
    rubric_id uuid NOT NULL,
    status text NOT NULL DEFAULT 'draft',
    marks jsonb NOT NULL DEFAULT '{}',
    comments jsonb NOT NULL DEFAULT '{}',
    comment text NOT NULL DEFAULT '',
    overall_score numeric(14, 4),
    total_points numeric(14, 4) NOT NULL,
    submitted_at timestamptz,
    reason text,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT reviews_assignment FOREIGN KEY (tenant_id, id) REFERENCES judge_assignments ON DELETE CASCADE,
    CONSTRAINT reviews_rubric FOREIGN KEY (tenant_id, competition_id, rubric_id) REFERENCES scoring_rubrics (tenant_id, competition_id, id),
    CONSTRAINT reviews_status_known CHECK (status IN ('draft', 'final', 'recused', 'reopened')),
    CONSTRAINT reviews_marks_object CHECK (jsonb_typeof(marks) = 'object'),
    CONSTRAINT reviews_comments_object CHECK (jsonb_typeof(comments) = 'object'),
    CONSTRAINT reviews_comment_length CHECK (length(comment) <= 10000),
    CONSTRAINT reviews_valid_score CHECK (overall_score >= 0 AND overall_score <= total_points),
    CONSTRAINT reviews_final_has_score CHECK (status <> 'final' OR (overall_score IS NOT NULL AND submitted_at IS NOT NULL))
);
COMMENT ON TABLE reviews IS 'What a judge says of what was assigned; the review has the assignment''s id. Drafts save themselves; a final one changes only after it was reopened.';
CREATE INDEX reviews_rubric ON reviews (tenant_id, competition_id, rubric_id);
CREATE INDEX reviews_judge_status ON reviews (tenant_id, judge_id, status, created_at DESC);
CREATE INDEX reviews_round ON reviews (tenant_id, round_id, status);
CALL protect('reviews');
CALL audit('reviews');

CREATE FUNCTION keep_final_reviews() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE 'A final review is reopened before it is changed.' USING ERRCODE = 'check_violation', CONSTRAINT = 'reviews_final_stays';
END
$$;
CREATE TRIGGER final_stays BEFORE UPDATE ON reviews FOR EACH ROW
WHEN (OLD.status = 'final' AND (NEW.status <> 'reopened' OR (NEW.marks, NEW.comments, NEW.comment, NEW.overall_score, NEW.rubric_id) IS DISTINCT FROM (OLD.marks, OLD.comments, OLD.comment, OLD.overall_score, OLD.rubric_id)))
EXECUTE FUNCTION keep_final_reviews();

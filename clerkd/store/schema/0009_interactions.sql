-- How submissions of modals were answered: pressed twice, they are carried out once.
CREATE TABLE slack_answers (
    key TEXT PRIMARY KEY, -- the view, its hash and its entries
    answer TEXT NOT NULL, -- JSON, as Slack was given it
    at BIGINT NOT NULL
);
CREATE INDEX slack_answers_by_age ON slack_answers (at);

-- Who looks at the Home tab, and what they were shown last.
CREATE TABLE slack_homes (
    user_id TEXT PRIMARY KEY,
    opened_at BIGINT NOT NULL,
    shown TEXT -- digest of the view
);
CREATE INDEX slack_homes_by_age ON slack_homes (opened_at);

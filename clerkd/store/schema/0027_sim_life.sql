-- What is left on a prepaid SIM, by its network's last answer.
CREATE TABLE balances (
    line TEXT PRIMARY KEY,
    at BIGINT NOT NULL, -- of the answer
    amount TEXT, -- decimal; null: the answer could not be read
    state TEXT NOT NULL CHECK (state IN ('enough', 'low', 'unread')),
    answer TEXT NOT NULL
);
-- When something was done to keep an idle SIM alive.
CREATE TABLE keep_alives (
    line TEXT PRIMARY KEY,
    tried_at BIGINT NOT NULL,
    done_at BIGINT -- of a code; a text is counted where texts are
);

-- Which SIM is a line's, and which others were seen in its modem.
CREATE TABLE line_sims (
    line TEXT NOT NULL,
    sim TEXT NOT NULL, -- ICCID, or IMSI where the modem tells no more
    state TEXT NOT NULL CHECK (state IN ('bound', 'strange', 'former')),
    since BIGINT NOT NULL, -- in this state
    actor TEXT, -- who said so; null: the first that was seen
    PRIMARY KEY (line, sim)
);
CREATE UNIQUE INDEX line_sims_bound ON line_sims (line) WHERE state = 'bound';

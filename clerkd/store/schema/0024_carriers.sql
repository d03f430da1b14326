-- Lines over carriers: whose ids are text, and who are asked for what is new.

ALTER TABLE segments ADD COLUMN carrier_id TEXT; -- what a carrier calls it; TP-MR is in `reference`
CREATE UNIQUE INDEX segments_by_carrier_id ON segments (line, carrier_id) WHERE carrier_id IS NOT NULL;
CREATE INDEX segments_awaited ON segments (line, submitted_at) WHERE carrier_id IS NOT NULL AND state = 'submitted';

-- A report by a carrier has -1 for its reference and its status octet.
ALTER TABLE reports ADD COLUMN carrier_id TEXT;
ALTER TABLE reports ADD COLUMN reason TEXT;

CREATE TABLE carrier_cursors (
    line TEXT PRIMARY KEY,
    cursor TEXT NOT NULL -- in the carrier's own words: everything before it was kept
);

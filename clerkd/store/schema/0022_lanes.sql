-- In which order texts to different peers go out: 0 replies, 1 notifications, 2 bulk.
ALTER TABLE segments ADD COLUMN lane BIGINT NOT NULL DEFAULT 1;
DROP INDEX segments_queue;
CREATE INDEX segments_queue ON segments (line, lane, message_seq, part) WHERE queued = 1;
-- 1: sent again although the first copy may have gone out.
ALTER TABLE messages ADD COLUMN maybe_duplicate BIGINT NOT NULL DEFAULT 0;

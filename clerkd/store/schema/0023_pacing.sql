-- Segments that a SIM tried lately, where a pace is configured: a sixtieth of each window to a row.
CREATE TABLE paces (
    sim TEXT NOT NULL,
    window_ms BIGINT NOT NULL,
    bucket BIGINT NOT NULL, -- epoch ms, divided by window_ms / 60
    segments BIGINT NOT NULL,
    PRIMARY KEY (sim, window_ms, bucket)
);
-- Whom it texted, newest time.
CREATE TABLE paced_peers (
    sim TEXT NOT NULL,
    peer TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (sim, peer)
);
CREATE INDEX paced_peers_by_time ON paced_peers (sim, at);

-- Lines whose SIM the network refuses: one text goes out at `probe_at`, to see whether that is over.
CREATE TABLE blocked_lines (
    line TEXT PRIMARY KEY,
    since BIGINT NOT NULL,
    probe_at BIGINT NOT NULL,
    reason TEXT NOT NULL
);

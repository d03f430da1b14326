"""The log of what went on the air."""

import json

from clerkd.clock import SystemClock
from clerkd.simulate.network import AirLog, Network

ANN, BOB = "+447700900123", "+447700900124"


async def test_every_accepted_submit_is_a_line_at_once(tmp_path):
    path = tmp_path / "air.jsonl"
    network = Network(SystemClock(), air=AirLog(path))
    network.phone(ANN).send(BOB, "x" * 200)

    first, second = map(json.loads, path.read_text().splitlines())

    assert (first["from"], first["to"], first["reference"], first["text"]) == (ANN, BOB, 0, "x" * 153)
    assert first["concat"] == {"reference": 1, "bits": 8, "total": 2, "sequence": 1}
    assert second["concat"]["sequence"] == 2
    assert bytes.fromhex(second["tpdu"]) == network.air.records[1].tpdu
    network.close()


async def test_a_log_that_exists_is_continued(tmp_path):
    path = tmp_path / "air.jsonl"
    for _ in range(2):
        network = Network(SystemClock(), air=AirLog(path, keep=False))
        network.phone(ANN).send(BOB, "ok 😀")
        assert network.air.records == []
        network.close()

    assert [json.loads(line)["text"] for line in path.read_text().splitlines()] == ["ok 😀", "ok 😀"]

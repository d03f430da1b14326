"""Files of contacts on the command line, through a real daemon."""

import json

import pytest
from fakes.daemon import clerkd, configuration

CSV = (
    "Nom;Prénom;Téléphone;Société\n"
    "Müller;Zoë;+1 415 555 0123;=2+5\n"
    "Lee;Ann;(415) 555-0145;\n"
    "Nobody;;12;\n"
).encode("cp1252")  # fmt: skip


@pytest.fixture
async def daemon(launch, tmp_path):
    child = await launch(configuration(tmp_path / "absent"))
    await child.says("daemon.ready")
    return child


async def verb(child, *arguments):
    return await clerkd("contacts", *arguments, "--state-dir", child.state_dir)


async def test_a_file_is_taken_in_and_comes_out_as_it_was(daemon, tmp_path):
    file = tmp_path / "équipe.csv"
    file.write_bytes(CSV)

    status, out, err = await verb(daemon, "import", file, "--yes")

    assert status == 1
    assert "Téléphone  number" in out
    assert "3 rows: 2 new, 0 merge, 1 bad" in out
    assert "row 3: “12” is not a phone number that can be dialled." in out
    assert "2 new, 0 merged, 0 unchanged, 1 bad." in out
    assert "clerkd: 1 row of 3 could not be taken in" in err

    exported = tmp_path / "out.csv"
    status, _, _ = await verb(daemon, "export", exported)
    assert status == 0
    assert exported.stat().st_mode & 0o777 == 0o600
    assert exported.read_text().splitlines() == [
        "name,number,company,email,time_zone,language,tags,note",
        "Ann Lee,+14155550145,,,,,,",
        "Zoë Müller,+14155550123,'=2+5,,,,,",
    ]
    status, out, _ = await verb(daemon, "import", exported, "--yes")
    assert status == 0
    assert "0 new, 0 merged, 2 unchanged, 0 bad." in out


async def test_a_dry_run_does_nothing_and_columns_can_be_named(daemon, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("who,where\nAnn,07700 900123\n")
    arguments = ("--dry-run", "--json")

    status, out, _ = await verb(
        daemon, "import", file, "--column", "where=number", "--column", "who=name", "--country", "GB", *arguments
    )
    _, listed, _ = await verb(daemon, "export", "--format", "vcard")

    assert status == 0
    assert json.loads(out)["preview"]["sample"] == ["Ann +447700900123"]
    assert listed == ""


async def test_what_is_no_file_of_contacts_is_one_line_of_advice(daemon, tmp_path):
    file = tmp_path / "a.xlsx"
    file.write_bytes(b"PK\x03\x04rest")
    status, _, err = await verb(daemon, "import", file)
    assert (status, err.count("\n")) == (1, 1)
    assert "save" in err.lower()

    file.write_text("who,where\nAnn,+14155550123\n")
    status, _, err = await verb(daemon, "import", file, "--column", "phone=number")
    assert status == 1
    assert "there is who, where" in err


async def test_somebody_is_erased(daemon, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("name,phone\nAnn,+14155550123\n")
    await verb(daemon, "import", file, "--yes")

    status, out, _ = await verb(daemon, "erase", "+14155550123", "--yes")
    _, listed, _ = await verb(daemon, "export", "--format", "vcard")

    assert (status, listed) == (0, "")
    assert out == "Erased: 0 messages of 0 conversations.\n"

"""The verbs that talk to a running daemon, as a person types them."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading

import pytest
from fakes.daemon import LINE_NUMBER, PHONE_NUMBER, clerkd, configuration
from fakes.facts import fact


@pytest.fixture
async def daemon(launch, modem):
    """A daemon whose line is ready."""
    child = await launch(configuration(modem.link))
    await child.says("modem.ready")
    return child


async def verb(child, *arguments):
    return await clerkd(*arguments, "--state-dir", child.state_dir)


async def test_a_message_is_accepted_and_can_be_found(daemon):
    status, out, _ = await verb(daemon, "send", PHONE_NUMBER, "two", "words")
    assert status == 0
    message_id = out.split()[0]
    assert f"accepted for {PHONE_NUMBER} over support, 1 segment" in out

    _, out, _ = await verb(daemon, "messages", "--json")
    (message,) = json.loads(out)["messages"]
    assert (message["id"], message["text"], message["direction"]) == (message_id, "two words", "outbound")


async def test_waiting_tells_every_state_until_the_phone_has_it(daemon):
    status, out, _ = await verb(daemon, "send", PHONE_NUMBER, "hello", "--wait")

    states = [line.split()[1] for line in out.splitlines()]
    assert status == 0
    assert (states[0], states[-1]) == ("accepted", "delivered")


async def test_waiting_ends_with_the_network_s_word_where_no_report_is_asked_for(launch, modem):
    child = await launch(configuration(modem.link).replace("modem: front", "modem: front, delivery_reports: false"))
    await child.says("modem.ready")

    status, out, err = await clerkd(
        "send", PHONE_NUMBER, "hello", "--wait", "--config", child.config, "--state-dir", child.state_dir
    )

    assert (status, err) == (0, "")
    assert out.splitlines()[-1].split()[1] == "submitted"


async def test_waiting_gives_up_after_its_time_and_leaves_the_message_in_the_queue(launch, tmp_path):
    child = await launch(configuration(tmp_path / "absent"))
    await child.says("daemon.ready")

    status, out, err = await verb(child, "send", PHONE_NUMBER, "hello", "--wait", "--timeout", "0.3")

    assert status == 1
    assert "it stays queued" in err
    assert out.count("\n") == 1


async def test_waiting_prints_json_lines_for_programs(daemon):
    _, out, _ = await verb(daemon, "send", PHONE_NUMBER, "hello", "--wait", "--json")

    messages = [json.loads(line) for line in out.splitlines()]
    assert messages[-1]["state"] == "delivered"
    assert len({message["id"] for message in messages}) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["+1415", "hello"], "phone number"),
        (["nobody", "hello"], "phone number"),
        (["+447700900123", "hello"], "may text US"),
        ([PHONE_NUMBER, " "], "no text"),
        ([PHONE_NUMBER, "hello", "--line", "suport"], 'did you mean "support"'),
        ([PHONE_NUMBER, "x" * 5000], "segments"),
    ],
    ids=["short", "word", "country", "empty", "line", "long"],
)
async def test_what_may_not_be_sent_is_status_1_with_one_line(daemon, arguments, words):
    status, out, err = await verb(daemon, "send", *arguments)

    assert (status, out) == (1, "")
    assert re.fullmatch(rf"clerkd: .*{words}.*\n", err)


async def test_status_shows_line_signal_and_counts(daemon):
    await verb(daemon, "send", PHONE_NUMBER, "hello", "--wait")

    _, shown, _ = await verb(daemon, "status")
    _, out, _ = await verb(daemon, "status", "--json")

    assert "support  +1 415-555-0100  ready" in shown
    assert "dBm" in shown
    assert re.search(r"QUOTA\n.* none\n", shown)
    assert "Messages: 1 delivered" in shown
    assert json.loads(out)["lines"][0]["number"] == LINE_NUMBER


async def test_messages_are_shown_with_who_and_what_and_nothing_that_paints_the_terminal(daemon):
    await verb(daemon, "send", PHONE_NUMBER, "line one\nline two", "--wait")

    _, shown, _ = await verb(daemon, "messages", "--peer", PHONE_NUMBER)
    _, none, _ = await verb(daemon, "messages", "--state", "failed")

    assert "to  +1 415-555-0123  support  delivered  line one⏎line two" in shown
    assert none == "No messages match.\n"


async def test_a_modem_can_be_looked_at_and_talked_to(daemon):
    options = ("--config", daemon.config, "--state-dir", daemon.state_dir)
    _, listed, _ = await clerkd("modem", "list", *options)
    _, info, _ = await clerkd("modem", "info", "front", *options)
    status, answer, _ = await verb(daemon, "modem", "at", "front", "AT+CSQ")

    assert re.search(r"front +support +ready", listed)
    assert re.search(r"(?m)^IMEI +\d{15}$", info)
    assert re.search(r"(?m)^profile +generic$", info)  # chosen: the configuration says auto
    assert status == 0
    assert answer.splitlines()[0].startswith("+CSQ: ")
    assert answer.splitlines()[-1] == "OK"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["at", "front", "AT+NOSUCH"], "the modem refused"),
        (["at", "front", "hello"], "command"),
        (["ussd", "front", "*999#"], "the network refused *999#"),
        (["at", "frnt", "AT"], 'did you mean "front"?'),
    ],
    ids=["refused", "no command", "ussd refused", "no modem"],
)
async def test_a_modem_s_no_is_status_1(daemon, arguments, words):
    status, _, err = await verb(daemon, "modem", *arguments)

    assert status == 1
    assert words in err


async def test_modems_are_listed_without_a_daemon_too(tmp_path):
    config = tmp_path / "clerkd.yaml"
    config.write_text(configuration("/dev/ttyUSB9"))

    status, out, _ = await clerkd("modem", "list", "--config", config, "--state-dir", tmp_path, "--json")
    _, _, err = await clerkd("modem", "info", "frnt", "--config", config, "--state-dir", tmp_path)

    assert status == 0
    assert json.loads(out)["modems"][0]["state"] == "daemon not running"
    assert 'did you mean "front"?' in err


@pytest.mark.parametrize(
    "arguments", [["status"], ["messages"], ["send", PHONE_NUMBER, "x"], ["modem", "at", "m", "AT"]]
)
async def test_without_a_daemon_there_is_one_line_and_status_1(tmp_path, arguments):
    status, out, err = await clerkd(*arguments, "--state-dir", tmp_path)

    assert (status, out) == (1, "")
    assert (
        err
        == f"clerkd: no clerkd answers at {tmp_path}/api.sock: is it running? (systemctl start clerkd, or clerkd run)\n"
    )


async def test_a_socket_that_a_dead_daemon_left_is_no_daemon(daemon):
    daemon.process.kill()
    await daemon.exit_status()
    assert (daemon.state_dir / "api.sock").exists()

    status, _, err = await verb(daemon, "status")

    assert (status, "no clerkd answers" in err) == (1, True)


async def test_an_answer_that_breaks_off_is_said_so(tmp_path):
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "api.sock"))
        listening.listen()

        def answer_badly():
            connection, _ = listening.accept()
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
            connection.close()

        thread = threading.Thread(target=answer_badly)
        thread.start()
        status, _, err = await clerkd("status", "--state-dir", tmp_path)
        thread.join()

    assert (status, "broke off" in err) == (1, True)


async def test_a_token_made_beside_the_daemon_opens_its_door_at_once(daemon):
    ready = await daemon.says("daemon.ready")
    _, out, _ = await verb(daemon, "token", "create", "monitoring", "--scope", "read")

    async def lines(token):
        reader, writer = await asyncio.open_connection("127.0.0.1", ready["port"])
        writer.write(
            f"GET /v1/lines HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n".encode()
        )
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer.split()[1]

    assert await lines(out.strip()) == b"200"
    await verb(daemon, "token", "revoke", "monitoring")
    assert await lines(out.strip()) == b"401"


async def test_a_backup_beside_the_daemon_holds_its_messages(daemon, tmp_path):
    await verb(daemon, "send", PHONE_NUMBER, "hello", "--wait")

    status, _, _ = await verb(daemon, "db", "backup", tmp_path / "copy.db")
    _, checked, _ = await verb(daemon, "db", "check")
    refused, _, err = await verb(daemon, "db", "restore", tmp_path / "copy.db")

    assert status == 0
    assert "is sound" in checked
    assert (refused, "another clerkd holds" in err) == (75, True)
    assert await fact(lambda: (tmp_path / "copy.db").stat().st_size > 0)

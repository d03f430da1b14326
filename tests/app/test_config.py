from __future__ import annotations

import json
from pathlib import Path

import pytest

from clerkd.app.config import ConfigMistakes, find, load, masked, state_dir_of
from clerkd.app.schema import schema
from clerkd.app.settings import Settings

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config" / "clerkd.example.yaml"
SCHEMA = ROOT / "config" / "clerkd.schema.json"

# Every key that does something.
EVERYTHING = """
state_dir: /var/lib/clerkd
log: {level: info, format: auto}
slack:
  bot_token: {credential: slack_bot_token}
  app_token: {credential: slack_app_token}
  api_url: https://slack.com/api/
  channel: "#clerk-sms"
modems:
  front-desk:
    port: /dev/serial/by-id/usb-Quectel_EC25-if02-port0
    pin: {credential: sim_pin}
    profile: auto
  back-office: {port: tcp://192.0.2.7:2217}
lines:
  support:
    number: "+14155550100"
    modem: front-desk
    channel: "#clerk-sms"
    countries: [US, CA, GB]
    calls: drop
    delivery_reports: true
  sales: {number: "+447700900123", modem: back-office, calls: ring}
carriers:
  twilio-main: {kind: twilio, account_sid: AC1, auth_token: {env: TWILIO}, number: "+14155550101",
                api_url: https://api.twilio.com}
http: {listen: 127.0.0.1:8470}
store: {url: sqlite}
"""

LINE = """
modems: {front: {port: /dev/ttyUSB2}}
lines:
  support: {number: "+14155550100", modem: front, LINE}
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """What systemd would set, with credentials in place."""
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    for name, secret in (("slack_bot_token", "xoxb-test"), ("slack_app_token", "xapp-test"), ("sim_pin", "1234")):
        (credentials / name).write_text(secret + "\n")
    return {"CREDENTIALS_DIRECTORY": str(credentials), "TWILIO": "test"}


def mistakes(written, text, environ=None):
    with pytest.raises(ConfigMistakes) as caught:
        load(written(text), {} if environ is None else environ)
    return {mistake.key: mistake.message for mistake in caught.value.mistakes}


def test_every_key_that_does_something_is_accepted(written, environ):
    settings = load(written(EVERYTHING), environ).settings

    assert settings.lines["support"].countries == ["US", "CA", "GB"]
    assert settings.lines["sales"].calls == "ring"
    assert settings.modems["front-desk"].pin is not None
    assert settings.carriers["twilio-main"].kind == "twilio"


def test_an_empty_file_is_a_configuration(written):
    settings = load(written("# nothing yet\n"), {}).settings

    assert (settings.slack, settings.modems, settings.http.listen) == (None, {}, "127.0.0.1:8470")


def test_a_section_whose_content_is_commented_out_is_left_out(written):
    assert load(written("slack:\n#  channel: x\nmodems:\nlog:\n"), {}).settings == Settings()


def test_the_example_is_a_configuration(environ):
    assert load(EXAMPLE, environ).notes == ()


def test_the_schema_file_is_the_one_that_the_structs_give():
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == schema(), (
        "python -m clerkd.app.schema > config/clerkd.schema.json"
    )


MISTAKES = [
    # (text, key path, words in the message)
    ("slakc: {}", "slakc", 'did you mean "slack"?'),
    ("log: {level: chatty}", "log.level", '"chatty" is not debug or error or info or warning'),
    ("log: {level: Info}", "log.level", 'did you mean "info"?'),
    ("log: 3", "log", "a mapping is expected here, not 3"),
    ("- a list", "", "a mapping is expected here, not a list"),
    ("log: {level: info", "", "not YAML"),
    ("a: b: c", "", "mapping values are not allowed"),
    ("log: &a [*a]", "", "not YAML"),
    ("state_dir: !!python/object:os.system {}", "state_dir", "text is expected here, not a mapping"),
    ("state_dir: !env HOME", "", "not YAML: could not determine a constructor"),
    ("state_dir: relative/dir", "state_dir", "not an absolute path"),
    ("state_dir: /" + 100 * "x", "state_dir", "too long for the socket"),
    ("state_dir: 7", "state_dir", 'text is expected here, not 7; put it in quotes: "…"'),
    ("store: {url: 'postgresql://me:pw@db/clerkd'}", "store.url", "only sqlite works so far"),
    ("store: {url: 'mysql://me:pw@db/clerkd'}", "store.url", "mysql://…@db"),
    ("http: {listen: 8470}", "http.listen", "put it in quotes"),
    ("http: {listen: localhost}", "http.listen", "is not an address and port"),
    ("http: {listen: '127.0.0.1:99999'}", "http.listen", "is not an address and port"),
    ("http: {listen: '127.0.0.1:8470/x'}", "http.listen", "is not an address and port"),
    ("http: {listen: 'example.com:80'}", "http.listen", "is not an address and port"),
    ("http: {listen: 0.0.0.0:8470}", "http.listen", "clear text"),
    ("http: {listen: '[::]:8470'}", "http.listen", "clear text"),
    ("http: {liston: x}", "http.liston", 'did you mean "listen"?'),
    ("http: {listen: '127.0.0.1:1', listen: '127.0.0.1:2'}", "http.listen", "given twice, first on line 1"),
    ("modems: [a]", "modems", "a mapping of names is expected here, not a list"),
    ("modems: {a: {}}", "modems.a.port", "is missing"),
    ("modems: {a b: {port: /dev/x}}", "modems.a b", "a name is made of letters"),
    ("modems: {a: {port: ttyUSB0}}", "modems.a.port", '"ttyUSB0" is not a path'),
    ("modems: {a: {port: tcp://host}}", "modems.a.port", "is not tcp://host:port"),
    ("modems: {a: {port: tcp://host:x}}", "modems.a.port", "is not tcp://host:port"),
    ("modems: {a: {port: auto}}", "modems.a.port", "auto needs the imei of the modem or the iccid of its SIM"),
    ("modems: {a: {port: /dev/x, imei: 490154203237518}}", "modems.a.imei", "put it in quotes"),
    (
        "modems: {a: {port: auto, imei: '490154203237518'}, b: {port: auto, imei: '490154203237518'}}",
        "modems.b.imei",
        "is also the imei of modem a",
    ),
    (
        "modems: {a: {port: auto, iccid: '8900101000000000004'}, b: {port: /dev/x, iccid: '8900101000000000004'}}",
        "modems.b.iccid",
        "is also the iccid of modem a",
    ),
    ("modems: {a: {port: /dev/x, imei: '12'}}", "modems.a.imei", '"12" is not 15 digits'),
    ("modems: {a: {port: /dev/x, iccid: '12'}}", "modems.a.iccid", "18 to 20 digits"),
    ("modems: {a: {port: /dev/x, profile: generik}}", "modems.a.profile", 'did you mean "generic"?'),
    ("modems: {a: {port: /dev/x}, b: {port: /dev/x}}", "modems.b.port", "is also the port of modem a"),
    ("modems: {a: {port: /dev/x, pin: '1234'}}", "modems.a.pin", "never written in the file itself"),
    ("modems: {a: {port: /dev/x, pin: {env: A, file: /b}}}", "modems.a.pin", "exactly one of"),
    ("modems: {a: {port: /dev/x, pin: {}}}", "modems.a.pin", "exactly one of"),
    ("modems: {a: {port: /dev/x, pin: {fil: /b}}}", "modems.a.pin.fil", 'did you mean "file"?'),
    ("modems: {a: {port: /dev/x, pin: {env: NO_SUCH}}}", "modems.a.pin", "NO_SUCH is not set"),
    ("modems: {a: {port: /dev/x, pin: {env: EMPTY}}}", "modems.a.pin", "EMPTY is empty"),
    ("modems: {a: {port: /dev/x, pin: {env: WORD}}}", "modems.a.pin", "4 to 8 digits"),
    ("modems: {a: {port: /dev/x, pin: {file: pin}}}", "modems.a.pin", "not an absolute path"),
    ("modems: {a: {port: /dev/x, pin: {file: /}}}", "modems.a.pin", "is not a file"),
    ("modems: {a: {port: /dev/x, pin: {file: /no/such}}}", "modems.a.pin", "No such file"),
    ("modems: {a: {port: /dev/x, pin: {credential: pin}}}", "modems.a.pin", "only there when systemd"),
    ("slack: {app_token: {env: APP}, channel: '#a'}", "slack.bot_token", "is missing"),
    ("slack: {bot_token: {env: APP}, app_token: {env: APP}}", "slack.bot_token", "belongs to slack.app_token"),
    ("slack: {bot_token: {env: BOT}, app_token: {env: BOT}}", "slack.app_token", "belongs to slack.bot_token"),
    ("slack: {bot_token: {env: WORD}, app_token: {env: WORD}}", "slack.bot_token", "begins with xoxb-"),
    ("slack: {bot_token: {env: WORD}, app_token: {env: WORD}}", "slack.app_token", "begins with xapp-"),
    ("slack: {api_url: 'http://example.com/'}", "slack.api_url", "clear text"),
    ("slack: {api_url: slack.com}", "slack.api_url", "begins with https://"),
    ("slack: {channel: 'Clerk SMS'}", "slack.channel", 'did you mean "#clerk-sms"?'),
    ("slack: {roles: {admin: [dana]}}", "slack.roles.admin[0]", "is not the id of a user"),
    ("slack: {roles: {admin: [U01], agent: [U01]}}", "slack.roles.agent[0]", "is listed under admin too"),
    ("slack: {roles: {boss: [U01]}}", "slack.roles.boss", "unknown key"),
    (LINE.replace("LINE", "channel: '!!'"), "lines.support.channel", "is not the name"),
    (LINE.replace("LINE", "countries: US"), "lines.support.countries", 'a list is expected here, not "US"'),
    (LINE.replace("LINE", "countries: []"), "lines.support.countries", "an empty list lets nothing out"),
    (LINE.replace("LINE", "countries: [US, uk]"), "lines.support.countries[1]", 'did you mean "GB"?'),
    (LINE.replace("LINE", "countries: [1]"), "lines.support.countries[0]", "text is expected here, not 1"),
    (LINE.replace("LINE", "calls: forward"), "lines.support.forward_to", "to which number"),
    (
        LINE.replace("LINE", "calls: forward, forward_to: '4155550101'"),
        "lines.support.forward_to",
        "not written in full",
    ),
    (LINE.replace("LINE", "forward_to: '+14155550101'"), "lines.support.forward_to", "calls: drop forwards nothing"),
    (LINE.replace("LINE", "calls: ring, text_back: {text: Hi}"), "lines.support.text_back", "hangs up on none"),
    (LINE.replace("LINE", "calls: dorp"), "lines.support.calls", 'did you mean "drop"?'),
    (LINE.replace("LINE", "delivery_reports: yes"), "lines.support.delivery_reports", "true or false is expected"),
    (
        LINE.replace("LINE", "quota: {segments: 9, time_zone: Europe/Londn}"),
        "lines.support.quota.time_zone",
        'did you mean "Europe/London"?',
    ),
    ("opt_out: {en: {stop: ''}}", "opt_out.en.stop", "is empty"),
    ("opt_out: {en: {stop: 'Bye {name}'}}", "opt_out.en.stop", "{name} is not replaced"),
    ("opt_out: {es: {help: 'Hola {'}}", "opt_out.es.help", "a brace stands alone"),
    ("opt_out: {de: {stop: Tschüs}}", "opt_out.de", "unknown key"),
    (LINE.replace("LINE", "pacing: {per_minut: 6}"), "lines.support.pacing.per_minut", 'did you mean "per_minute"?'),
    (LINE.replace("LINE", "pacing: {per_minute: 0}"), "lines.support.pacing.per_minute", "0 is less than 1"),
    (LINE.replace("LINE", "outcome_policy: maybe"), "lines.support.outcome_policy", "hold"),
    (LINE.replace("LINE", "quota: {segments: 9, time_zone: ../etc/passwd}"), "lines.support.quota.time_zone", "is not"),
    (LINE.replace("LINE", "quota: {segmnts: 9}"), "lines.support.quota.segmnts", 'did you mean "segments"?'),
    (LINE.replace("LINE", "quota: {segments: ten}"), "lines.support.quota.segments", "a whole number is expected"),
    (LINE.replace("LINE", "quota: {segments: 0}"), "lines.support.quota.segments", "0 is less than 1"),
    (LINE.replace("LINE", "quota: {segments: true}"), "lines.support.quota.segments", "not true"),
    (LINE.replace("LINE", "quota: {segments: 1, reset_day: 32}"), "lines.support.quota.reset_day", "more than 31"),
    (LINE.replace("LINE", "carrier: nobody"), "lines.support.carrier", 'no carrier "nobody"'),
    ("lines: {a: {modem: m}}", "lines.a.number", "is missing"),
    ("lines: {a: {number: +14155550100, modem: m}}", "lines.a.number", "put it in quotes"),
    ("lines: {a: {number: '+1 (415) 555-0100'}}", "lines.a.number", 'did you mean "+14155550100"?'),
    ("lines: {a: {number: '4155550100'}}", "lines.a.number", "has no country code"),
    ("lines: {a: {number: support}}", "lines.a.number", "is not a phone number"),
    ("lines: {a: {number: '+14155550100'}}", "lines.a.modem", "which modem sends for this line?"),
    (
        "modems: {front-desk: {port: /dev/x}}\nlines: {a: {number: '+14155550100', modem: frontdesk}}",
        "lines.a.modem",
        'no modem "frontdesk" under modems; did you mean "front-desk"?',
    ),
    (
        "modems: {m: {port: /dev/x}}\nlines: {a: {number: '+14155550100', modem: m}, b: {number: '+14155550100'}}",
        "lines.b.number",
        "is also the number of line a",
    ),
    (
        "modems: {m: {port: /d}}\nlines: {a: {number: '+14155550100', modem: m}, b: {number: '+1', modem: m}}",
        "lines.b.modem",
        "is also the modem of line a",
    ),
    (
        (
            "slack: {bot_token: {env: BOT}, app_token: {env: APP}}\nmodems: {m: {port: /d}}\n"
            "lines: {a: {number: '+14155550100', modem: m}}"
        ),
        "lines.a.channel",
        "give the line a channel",
    ),
    (
        (
            "carriers: {t: {kind: twilio, account_sid: AC1, auth_token: {env: BOT}, number: '+14155550101'}}\n"
            "lines: {a: {number: '+14155550100', carrier: t}}"
        ),
        "lines.a.number",
        "is not the number of carrier t, which is +14155550101",
    ),
    ("carriers: {t: {kind: twillio}}", "carriers.t.kind", 'did you mean "twilio"?'),
]


@pytest.mark.parametrize(("text", "key", "words"), MISTAKES, ids=[f"{key}: {words}" for _, key, words in MISTAKES])
def test_a_mistake_is_named_with_its_key_and_in_words(written, text, key, words):
    environ = {"EMPTY": " ", "WORD": "word", "BOT": "xoxb-test", "APP": "xapp-test"}

    found = mistakes(written, text, environ)

    assert words in found[key]


def test_all_mistakes_are_listed_in_the_order_of_the_file_with_their_lines(written):
    text = """\
lines:
  support:
    number: 4155550100
    modem: frnt
    countries: [UK]
    quota: {segmnts: 3}
modems:
  front: {port: ttyUSB0}
http: {listen: 0.0.0.0:1}
"""
    with pytest.raises(ConfigMistakes) as caught:
        load(written(text), {})

    assert [(mistake.line, mistake.key) for mistake in caught.value.mistakes] == [
        (3, "lines.support.number"),
        (4, "lines.support.modem"),
        (5, "lines.support.countries[0]"),
        (6, "lines.support.quota.segments"),
        (6, "lines.support.quota.segmnts"),
        (8, "modems.front.port"),
        (9, "http.listen"),
    ]


def test_norway_is_a_country_and_not_a_falsehood(written):
    text = LINE.replace("LINE", "countries: [NO, US]")

    assert load(written(text), {}).settings.lines["support"].countries == ["NO", "US"]


def test_a_secret_in_the_file_itself_is_refused_without_being_repeated(written):
    found = mistakes(written, "slack: {bot_token: xoxb-very-secret, app_token: {env: A}}")

    assert "xoxb-very-secret" not in str(found)
    assert "{credential: NAME}" in found["slack.bot_token"]


def test_a_secret_that_every_user_can_read_is_refused(written, tmp_path):
    secret = tmp_path / "pin"
    secret.write_text("1234")
    text = f"modems: {{a: {{port: /dev/x, pin: {{file: {secret}}}}}}}"

    secret.chmod(0o604)
    assert f"chmod o-rwx {secret}" in mistakes(written, text)["modems.a.pin"]
    secret.chmod(0o640)
    assert load(written(text), {}).settings.modems["a"].pin is not None


def test_a_credential_that_only_systemd_can_show_is_a_note_for_an_admin_and_a_mistake_for_the_daemon(written):
    text = "modems: {a: {port: /dev/x, pin: {credential: sim_pin}}}\nlines: {a: {number: '+14155550100', modem: a}}"

    (note,) = load(written(text), {}, certain=False).notes
    assert note.key == "modems.a.pin"
    assert "modems.a.pin" in mistakes(written, text)


def test_a_modem_that_no_line_uses_is_worth_a_note(written):
    (note,) = load(written("modems: {spare: {port: /dev/x}}"), {}).notes

    assert (note.key, note.message) == ("modems.spare", "no line uses this modem")


def test_the_effective_configuration_shows_defaults_and_no_secret(written, environ):
    shown = masked(load(written(EVERYTHING), environ).settings)

    assert shown["slack"]["bot_token"] == "******** (from credential slack_bot_token)"
    assert shown["lines"]["sales"]["delivery_reports"] is True
    assert not any(secret in str(shown) for secret in ("xoxb-test", "xapp-test", "1234}"))


def test_the_file_is_found_by_option_then_environment_then_place():
    assert find("a.yaml", {"CLERKD_CONFIG": "b.yaml"}) == Path("a.yaml")
    assert find(None, {"CLERKD_CONFIG": "b.yaml"}) == Path("b.yaml")
    assert find(None, {}) == Path("/etc/clerkd/clerkd.yaml")


def test_a_file_that_is_not_there_or_not_text_is_said_so(tmp_path):
    with pytest.raises(ConfigMistakes, match="1 mistake in") as caught:
        load(tmp_path / "none.yaml", {})
    assert "there is no such file" in caught.value.mistakes[0].message
    (tmp_path / "latin.yaml").write_bytes(b"log: \xe9")
    with pytest.raises(ConfigMistakes) as caught:
        load(tmp_path / "latin.yaml", {})
    assert "is not UTF-8" in caught.value.mistakes[0].message


def test_the_state_directory_can_be_read_from_a_half_edited_file(written, tmp_path):
    path = written("state_dir: /srv/clerkd\nlines: {a: {numbr: 1}}")

    assert state_dir_of(path, required=True) == Path("/srv/clerkd")
    assert state_dir_of(tmp_path / "none", required=False) == Path("/var/lib/clerkd")
    with pytest.raises(ConfigMistakes):
        state_dir_of(tmp_path / "none", required=True)


def test_a_state_directory_given_on_the_command_line_wins(written):
    assert load(written("state_dir: nonsense"), {}, "/srv/other").settings.state_dir == "/srv/other"

"""Carriers, fallbacks and routes in the configuration."""

from pathlib import Path

import pytest

from clerkd.app.config import ConfigMistakes, load

RIGHT = """
modems: {front: {port: /dev/ttyUSB2}}
carriers:
  main: {kind: twilio, account_sid: AC1, auth_token: {env: SECRET}, number: "+14155550101"}
  uk: {kind: vonage, api_key: abcd, api_secret: {env: SECRET}, number: "+447700900123"}
  spare: {kind: telnyx, auth_token: {env: SECRET}, number: "+14155550102", poll_s: 30}
  bulk: {kind: smpp, host: smpp.example.com, system_id: clerkd, password: {env: SECRET}, number: "+14155550100"}
lines:
  support:
    number: "+14155550100"
    modem: front
    fallback: {line: ported, no_network_s: 60, no_result_s: 20}
  ported: {number: "+14155550100", carrier: bulk}
  sales: {number: "+14155550101", carrier: main, fallback: {line: spare, other_number: true}}
  spare: {number: "+14155550102", carrier: spare}
  london: {number: "+447700900123", carrier: uk}
routes:
  - {countries: [GB], lines: [london, support]}
  - {prefix: "+1", lines: [support, sales]}
"""


def read(tmp_path: Path, text: str):
    path = tmp_path / "clerkd.yaml"
    path.write_text(text)
    return load(path, {"SECRET": "secret"})


def test_every_kind_of_carrier_with_fallbacks_and_routes_is_right(tmp_path):
    settings = read(tmp_path, RIGHT).settings

    assert {carrier.kind for carrier in settings.carriers.values()} == {"twilio", "vonage", "telnyx", "smpp"}
    assert settings.lines["support"].fallback.no_result_s == 20
    assert [route.lines for route in settings.routes] == [["london", "support"], ["support", "sales"]]


@pytest.mark.parametrize(
    ("was", "wrong", "key", "words"),
    [
        ("account_sid: AC1, ", "", "carriers.main.account_sid", "is missing: twilio needs it"),
        ("api_key: abcd", "api_key: abcd, account_sid: AC1", "carriers.uk.account_sid", "says nothing to vonage"),
        ("kind: smpp, ", "kind: smpp, api_url: https://x.example, ", "carriers.bulk.api_url", "says nothing to smpp"),
        ("carrier: spare", "carrier: spar", "lines.spare.carrier", 'did you mean "spare"'),
        ("carrier: uk", "carrier: spare", "lines.london.carrier", "is also the carrier of line spare"),
        ("modem: front", "modem: front\n    carrier: main", "lines.support.carrier", "a modem or a carrier, not both"),
        ("line: ported", "line: portd", "lines.support.fallback.line", 'did you mean "ported"'),
        ("line: ported", "line: support", "lines.support.fallback.line", "cannot stand in for itself"),
        (", other_number: true", "", "lines.sales.fallback.line", "texts would come from +14155550102"),
        ("[london, support]", "[]", "routes[0].lines", "an empty list sends nothing"),
        ("[london, support]", "[lndon]", "routes[0].lines[0]", 'did you mean "london"'),
        ('prefix: "+1"', 'prefix: "0"', "routes[1].prefix", "is not the beginning of a number"),
        (
            "account_sid: AC1,",
            "account_sid: AC1, api_url: 'http://192.0.2.1',",
            "carriers.main.api_url",
            "tokens would travel in clear text",
        ),
        ("[GB]", "[UK]", "routes[0].countries[0]", "is not a country code"),
        ('{env: SECRET}, number: "+447700900123"', '{env: NOT}, number: "+447700900123"', "carriers.uk.api_secret",
         "the environment variable NOT is not set"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_key(tmp_path, was, wrong, key, words):
    assert was in RIGHT
    with pytest.raises(ConfigMistakes) as caught:
        read(tmp_path, RIGHT.replace(was, wrong, 1))

    found = {mistake.key: mistake.message for mistake in caught.value.mistakes}
    assert words in found[key]

from __future__ import annotations

import json
import re
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from clerkd.cli import main


def invoke(*arguments, **environment):
    return CliRunner().invoke(main, [str(argument) for argument in arguments], env=environment)


def test_help_names_every_verb_without_importing_it():
    script = "import sys; from clerkd.cli import main\ntry: main()\nfinally: print(*sys.modules, file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", script, "--help"], capture_output=True, text=True, check=True)

    assert all(f"\n  {verb} " in ran.stdout for verb in main.list_commands(None))
    imported = set(ran.stderr.split())
    assert not imported & {"aiohttp", "slack_sdk", "asyncio", "yaml", "msgspec", "structlog", "phonenumbers"}


def verbs(command=main, path=()):
    """Yield every verb and sub-verb with its words."""
    yield path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            yield from verbs(command.get_command(click.Context(command), name), (*path, name))


VERBS = [(path, command) for path, command in verbs() if path]


@pytest.mark.parametrize("path", [path for path, one in VERBS if not isinstance(one, click.Group)], ids=" ".join)
def test_every_verb_explains_itself_with_an_example(path):
    result = invoke(*path, "--help")

    assert result.exit_code == 0
    assert re.search(rf"Examples?:\s+.*clerkd {path[0]}\b", result.stdout, re.DOTALL)


@pytest.mark.parametrize(
    ("path", "command"), [(path, one) for path, one in VERBS if not isinstance(one, click.Group)], ids=str
)
def test_every_option_says_what_it_is_for(path, command):
    assert [option.name for option in command.params if isinstance(option, click.Option) and not option.help] == []


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["config", "chekc"], ["config", "check", "--jsno"], ["config", "check", "extra"]],
    ids=" ".join,
)
def test_wrong_usage_is_status_2_with_a_word(arguments):
    result = invoke(*arguments)

    assert result.exit_code == 2
    assert "Error: " in result.stderr


def test_a_wrong_configuration_is_status_78_with_every_mistake_on_a_line(tmp_path):
    path = tmp_path / "clerkd.yaml"
    path.write_text("slakc: {}\nhttp: {listen: x}\n")

    result = invoke("config", "check", "--config", path)

    assert result.exit_code == 78
    assert result.stderr.splitlines() == [
        f"clerkd: 2 mistakes in {path}",
        '  line 1: slakc: unknown key; did you mean "slack"?',
        '  line 2: http.listen: "x" is not an address and port like 127.0.0.1:8470 or [::1]:8470',
    ]


def test_mistakes_are_json_for_programs(tmp_path):
    path = tmp_path / "clerkd.yaml"
    path.write_text("slakc: {}\n")

    result = invoke("config", "check", "--json", "--config", path)

    assert result.exit_code == 78
    assert json.loads(result.stdout)["mistakes"] == [
        {"path": "slakc", "line": 1, "message": 'unknown key; did you mean "slack"?'}
    ]


def test_a_right_configuration_is_said_so(tmp_path):
    path = tmp_path / "clerkd.yaml"
    path.write_text("modems: {a: {port: /dev/x}}\nlines: {a: {number: '+14155550100', modem: a}}\n")

    result = invoke("config", "check", CLERKD_CONFIG=str(path))

    assert (result.exit_code, result.stdout) == (0, f"{path} is right: 1 line, 1 modem, without Slack.\n")


def test_the_effective_configuration_is_yaml_or_json_without_secrets(tmp_path):
    path = tmp_path / "clerkd.yaml"
    path.write_text("slack: {bot_token: {env: B}, app_token: {env: A}, channel: '#a'}\n")
    secrets = {"B": "xoxb-test", "A": "xapp-test"}

    shown = invoke("config", "show", "--config", path, **secrets)
    as_json = invoke("config", "show", "--config", path, "--json", **secrets)

    assert "bot_token: '******** (from env B)'" in shown.stdout
    assert json.loads(as_json.stdout)["http"]["listen"] == "127.0.0.1:8470"
    assert not any(secret in shown.stdout + as_json.stdout for secret in secrets.values())

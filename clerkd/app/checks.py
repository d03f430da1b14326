"""What types cannot say about a configuration: references, addresses, phone numbers, secrets, and what is not built.

Every check yields all it finds, with the path of the key; nothing is raised, nothing is repaired silently.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path as FilePath
from urllib.parse import urlsplit

import phonenumbers

from clerkd.app.checks_calls import check_calls
from clerkd.app.checks_routes import check_routes
from clerkd.app.checks_rules import check_opt_out, check_roles, check_time_zone
from clerkd.app.checks_sims import check_sim_care
from clerkd.app.secret import CredentialUnknown, SecretUnreadable, read_secret
from clerkd.app.settings import Line, Modem, Secret, Settings, Slack
from clerkd.app.shape import did_you_mean
from clerkd.app.yamlfile import Mistake, Path
from clerkd.model.number import is_e164

_CHANNEL = re.compile(r"#[^\s#@.,!\"'A-Z]{1,80}|[CG][A-Z0-9]{6,}")  # a name, or an id
_API_SOCKET = "api.sock"
_SUN_PATH_OCTETS = 107  # sockaddr_un.sun_path without its final NUL, unix(7)
_NOT_YET_SQL = "only sqlite works so far; PostgreSQL comes later"


def check(
    settings: Settings, modems: Collection[str], carriers: Collection[str], profiles: Collection[str]
) -> Iterator[Mistake]:
    """Yield what is wrong. `modems` and `carriers` are the names in the file, those of faulty sections too."""
    yield from _state_dir(settings.state_dir)
    if settings.slack is not None:
        yield from _slack(settings.slack)
    for name, modem in settings.modems.items():
        yield from _modem(modem, profiles, ("modems", name))
    for name, line in settings.lines.items():
        yield from _line(line, modems, ("lines", name))
        if settings.slack is not None and settings.slack.channel is None and line.channel is None:
            yield Mistake(
                ("lines", name, "channel"), "is missing: give the line a channel, or all lines one under slack"
            )
    yield from _shared_twice(settings)
    yield from check_routes(settings, carriers)
    for name, carrier in settings.carriers.items():
        if carrier.api_url is not None:
            yield from _url(carrier.api_url, ("carriers", name, "api_url"))
    yield from check_opt_out(settings.opt_out)
    yield from _listen(settings)
    if settings.store.url != "sqlite":
        known = settings.store.url.startswith(("postgresql:", "postgres:"))
        words = _NOT_YET_SQL if known else f'"{_without_password(settings.store.url)}" is not a store; {_NOT_YET_SQL}'
        yield Mistake(("store", "url"), words)


def check_secrets(settings: Settings, environ: Mapping[str, str]) -> Iterator[tuple[Mistake, bool]]:
    """Yield each secret that cannot be used, and whether that is certain (False: only systemd can tell)."""
    for path, secret, shape in _secrets(settings):
        try:
            value = read_secret(secret, environ)
        except CredentialUnknown as reason:
            yield Mistake(path, str(reason)), False
        except SecretUnreadable as reason:
            yield Mistake(path, str(reason)), True
        else:
            if words := shape(value):
                yield Mistake(path, words), True


def _secrets(settings: Settings) -> Iterator[tuple[Path, Secret, Callable[[str], str | None]]]:
    if settings.slack is not None:
        yield ("slack", "bot_token"), settings.slack.bot_token, _bot_token
        yield ("slack", "app_token"), settings.slack.app_token, _app_token
    for name, modem in settings.modems.items():
        if modem.pin is not None:
            yield ("modems", name, "pin"), modem.pin, _pin
    for name, carrier in settings.carriers.items():
        for key in ("auth_token", "api_secret", "password"):
            secret = getattr(carrier, key)
            if secret is not None:
                yield ("carriers", name, key), secret, _any_text


def _bot_token(value: str) -> str | None:
    if value.startswith("xapp-"):
        return "this is an app-level token (xapp-…): it belongs to slack.app_token"
    return None if value.startswith(("xoxb-", "xoxe.xoxb-")) else "a bot token begins with xoxb-"


def _app_token(value: str) -> str | None:
    if value.startswith("xoxb-"):
        return "this is a bot token (xoxb-…): it belongs to slack.bot_token"
    return None if value.startswith("xapp-") else "an app-level token begins with xapp-"


def _pin(value: str) -> str | None:
    return None if re.fullmatch(r"[0-9]{4,8}", value) else "a SIM's PIN is 4 to 8 digits"  # 31.101 §9.5.1


def _any_text(_value: str) -> str | None:
    return None


def _state_dir(state_dir: str) -> Iterator[Mistake]:
    if not FilePath(state_dir).is_absolute():
        yield Mistake(("state_dir",), f'"{state_dir}" is not an absolute path')
    elif len(bytes(FilePath(state_dir, _API_SOCKET))) > _SUN_PATH_OCTETS:
        limit = _SUN_PATH_OCTETS - len(_API_SOCKET) - 1
        yield Mistake(("state_dir",), f"is too long for the socket in it: at most {limit} octets")


def _slack(slack: Slack) -> Iterator[Mistake]:
    if slack.channel is not None:
        yield from _channel(slack.channel, ("slack", "channel"))
    yield from _url(slack.api_url, ("slack", "api_url"))
    yield from check_roles(slack.roles)


def _channel(channel: str, path: Path) -> Iterator[Mistake]:
    if _CHANNEL.fullmatch(channel) is None:
        near = "#" + re.sub(r"[\s.,]+", "-", channel.lstrip("#").lower())
        hint = f'; did you mean "{near}"?' if _CHANNEL.fullmatch(near) else ""
        yield Mistake(path, f'"{channel}" is not the name (#name) or id (C…) of a channel{hint}')


def _url(url: str, path: Path) -> Iterator[Mistake]:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not host:
        yield Mistake(path, f'"{url}" is not an address that begins with https://')
    elif parts.scheme == "http" and not _is_loopback(host):
        yield Mistake(path, "tokens would travel in clear text: use https:// (http:// is for this machine only)")


def _modem(modem: Modem, profiles: Collection[str], path: Path) -> Iterator[Mistake]:
    port = (*path, "port")
    if modem.port == "auto":
        if modem.imei is None and modem.iccid is None:
            yield Mistake(
                port, "auto needs the imei of the modem or the iccid of its SIM: clerkd modem scan shows both"
            )
    elif modem.port.startswith("tcp://"):
        try:
            parts = urlsplit(modem.port)
            complete = parts.hostname is not None and parts.port is not None and parts.path in {"", "/"}
        except ValueError:
            complete = False
        if not complete:
            yield Mistake(port, f'"{modem.port}" is not tcp://host:port')
    elif not modem.port.startswith("/"):
        yield Mistake(port, f'"{modem.port}" is not a path (/dev/…), not tcp://host:port and not auto')
    if modem.profile != "auto" and modem.profile not in profiles:
        yield Mistake(
            (*path, "profile"), f'no profile "{modem.profile}"{did_you_mean(modem.profile, [*profiles, "auto"])}'
        )


def _line(line: Line, modems: Collection[str], path: Path) -> Iterator[Mistake]:
    if not is_e164(line.number):
        yield Mistake((*path, "number"), _number_words(line.number))
    if line.channel is not None:
        yield from _channel(line.channel, (*path, "channel"))
    yield from _countries(line.countries, (*path, "countries"))
    if line.modem is None and line.carrier is None:
        yield Mistake((*path, "modem"), f"is missing: which modem sends for this line?{did_you_mean('', modems)}")
    if line.modem is not None and line.modem not in modems:
        yield Mistake((*path, "modem"), f'no modem "{line.modem}" under modems{did_you_mean(line.modem, modems)}')
    if line.quota is not None:
        yield from check_time_zone(line.quota.time_zone, (*path, "quota", "time_zone"))
    yield from check_calls(line, path)
    yield from check_sim_care(line, path)


def _number_words(text: str) -> str:
    digits = re.sub(r"[\s().-]", "", text)
    if is_e164(digits):
        return f'"{text}" is not written in full: did you mean "{digits}"?'
    if is_e164("+" + digits.lstrip("0")):
        return f'"{text}" has no country code: write it as "+14155550100"; in front of the country code stands a +'
    return f'"{text}" is not a phone number like "+14155550100"'


def _countries(countries: list[str] | None, path: Path) -> Iterator[Mistake]:
    if countries is not None and not countries:
        yield Mistake(path, "an empty list lets nothing out: name countries, or leave the key out")
    for index, country in enumerate(countries or ()):
        if country not in phonenumbers.SUPPORTED_REGIONS:
            near = {"UK": "GB"}.get(country.upper(), country.upper())
            hint = f'; did you mean "{near}"?' if near in phonenumbers.SUPPORTED_REGIONS else ""
            yield Mistake((*path, index), f'"{country}" is not a country code of two letters (ISO 3166){hint}')


def _shared_twice(settings: Settings) -> Iterator[Mistake]:
    ports: dict[str, str] = {}
    for name, modem in settings.modems.items():
        if modem.port != "auto" and (other := ports.setdefault(modem.port, name)) != name:
            yield Mistake(("modems", name, "port"), f"is also the port of modem {other}")
    for key in ("imei", "iccid"):
        owners: dict[str, str] = {}
        for name, modem in settings.modems.items():
            value = getattr(modem, key)
            if value is not None and (other := owners.setdefault(value, name)) != name:
                yield Mistake(("modems", name, key), f"is also the {key} of modem {other}")
    for key in ("number", "modem"):
        owners = {}
        for name, line in settings.lines.items():
            value = getattr(line, key)
            if key == "number" and _stands_in(settings, name):
                continue  # for another line with the same number
            if value is not None and (other := owners.setdefault(value, name)) != name:
                yield Mistake(("lines", name, key), f"is also the {key} of line {other}")


def _stands_in(settings: Settings, name: str) -> bool:
    return any(line.fallback is not None and line.fallback.line == name for line in settings.lines.values())


def split_listen(listen: str) -> tuple[str, int]:
    """Return host and port of `host:port` or `[v6]:port`; raise `ValueError`."""
    parts = urlsplit(f"//{listen}")
    if parts.hostname is None or parts.port is None or parts.path or parts.query or parts.username is not None:
        raise ValueError(listen)
    if parts.hostname != "localhost":
        ipaddress.ip_address(parts.hostname)
    return parts.hostname, parts.port


def _listen(settings: Settings) -> Iterator[Mistake]:
    listen = settings.http.listen
    try:
        host, _port = split_listen(listen)
    except ValueError:
        yield Mistake(("http", "listen"), f'"{listen}" is not an address and port like 127.0.0.1:8470 or [::1]:8470')
        return
    if not _is_loopback(host) and not settings.http.behind_tls_proxy:
        yield Mistake(
            ("http", "listen"),
            f"{host} is reached from other machines, and tokens would travel in clear text: listen on 127.0.0.1, "
            "or say behind_tls_proxy: true when something in front of it speaks TLS",
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _without_password(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//…@", url)

"""Lines over carriers from their sections, and what the core makes of routes and fallbacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from clerkd.app.secret import read_secret
from clerkd.app.settings import Carrier as CarrierSection
from clerkd.app.settings import Secret, Settings
from clerkd.carriers.api import Carrier
from clerkd.carriers.line import CarrierLine
from clerkd.carriers.smpp.line import SmppLine
from clerkd.carriers.smpp.session import Account
from clerkd.carriers.telnyx import API_URL as TELNYX_URL
from clerkd.carriers.telnyx import Telnyx
from clerkd.carriers.twilio import API_URL as TWILIO_URL
from clerkd.carriers.twilio import Twilio
from clerkd.carriers.vonage import Vonage
from clerkd.clock import Clock
from clerkd.core.outbound.bell import Wakeable
from clerkd.core.outbound.fallback import Fallback, Fallbacks
from clerkd.core.outbound.policy import Policy
from clerkd.core.outbound.routes import Route
from clerkd.ports.carrier import CarrierLedger
from clerkd.ports.line import Line, Receiver
from clerkd.ports.store import Store

Carriers = Callable[[CarrierSection, Mapping[str, str]], Carrier]


def carrier_lines(
    settings: Settings,
    environ: Mapping[str, str],
    clock: Clock,
    receiver: Receiver,
    ledger: CarrierLedger,
    *,
    carriers: Carriers,
) -> dict[str, CarrierLine | SmppLine]:
    """Return the lines that have a carrier, by name; raise `SecretUnreadable`."""
    lines: dict[str, CarrierLine | SmppLine] = {}
    for name, line in settings.lines.items():
        if line.carrier is None:
            continue
        section = settings.carriers[line.carrier]
        if section.kind == "smpp":
            lines[name] = SmppLine(
                name=name,
                number=line.number,
                account=_account(section, environ),
                receiver=receiver,
                clock=clock,
                reports=line.delivery_reports,
            )
        else:
            lines[name] = CarrierLine(
                name=name,
                number=line.number,
                carrier=carriers(section, environ),
                receiver=receiver,
                ledger=ledger,
                clock=clock,
                poll_s=section.poll_s,
            )
    return lines


def _account(section: CarrierSection, environ: Mapping[str, str]) -> Account:
    return Account(
        host=section.host or "",
        port=section.port,
        tls=section.tls,
        system_id=section.system_id or "",
        password=_secret(section.password, environ),
    )


def build_carrier(section: CarrierSection, environ: Mapping[str, str]) -> Carrier:
    """Make what is behind a line; the checks saw to it that the keys are there."""
    match section.kind:
        case "telnyx":
            return Telnyx(
                auth_token=_secret(section.auth_token, environ),
                number=section.number,
                api_url=section.api_url or TELNYX_URL,
            )
        case "vonage":
            return Vonage(
                api_key=section.api_key or "",
                api_secret=_secret(section.api_secret, environ),
                number=section.number,
                api_url=section.api_url,
            )
        case _:
            return Twilio(
                account_sid=section.account_sid or "",
                auth_token=_secret(section.auth_token, environ),
                number=section.number,
                api_url=section.api_url or TWILIO_URL,
            )


def _secret(secret: Secret | None, environ: Mapping[str, str]) -> str:
    return "" if secret is None else read_secret(secret, environ)


def routes_of(settings: Settings) -> list[Route]:
    """Return the configured routes."""
    return [Route(tuple(route.lines), route.prefix, frozenset(route.countries or ())) for route in settings.routes]


def build_fallbacks(
    settings: Settings,
    store: Store,
    clock: Clock,
    *,
    lines: Mapping[str, Line],
    dispatchers: Mapping[str, Wakeable],
    policy: Policy,
) -> Fallbacks:
    """Return who watches the lines that have a stand-in."""
    return Fallbacks(
        store=store,
        clock=clock,
        lines=lines,
        dispatchers=dispatchers,
        policy=policy,
        fallbacks={
            name: Fallback(line.fallback.line, line.fallback.no_network_s, line.fallback.no_result_s)
            for name, line in settings.lines.items()
            if line.fallback is not None
        },
    )

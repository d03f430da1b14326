"""Which line a message without one goes by."""

import pytest
from fakes.desk import PEER, open_office
from fakes.radio import Radio

from clerkd.core.outbound.policy import LineRules, Policy
from clerkd.core.outbound.router import Router
from clerkd.core.outbound.routes import Route, lines_for
from clerkd.model.message import SendRequest
from clerkd.model.quota import QuotaStatus

BRITISH = "+447700900123"
COUNTRIES = frozenset({"US", "GB"})


class Standing:
    """Quotas as told."""

    def __init__(self, **used: int) -> None:
        self._used = used

    async def status(self) -> dict[str, QuotaStatus]:
        return {name: QuotaStatus(10, used, 0, 0) for name, used in self._used.items()}


@pytest.fixture
async def office(tmp_path):
    async with open_office(tmp_path / "clerkd.db", running=False) as office:
        yield office


def router(office, *routes: Route, quotas: Standing | None = None, **lines: Radio) -> Router:
    radios = {"support": office.radio, "cheap": Radio("cheap"), "london": Radio("london"), **lines}
    policy = Policy({name: LineRules(name, "US", COUNTRIES) for name in radios})
    return Router(radios, routes=routes, policy=policy, store=office.store, quotas=quotas)


async def choice(one: Router, to: str = BRITISH, line: str | None = None) -> str | None:
    return (await one.choose(SendRequest(to=to, text="hi", line=line))).line


GB = Route(("london", "cheap"), countries=frozenset({"GB"}))


def test_the_first_route_that_leads_to_a_peer_counts():
    routes = [Route(("a",), prefix="+4477"), GB, Route(("rest",))]

    assert lines_for(routes, BRITISH) == ("a",)
    assert lines_for(routes[1:], BRITISH) == ("london", "cheap")
    assert lines_for(routes, PEER) == ("rest",)
    assert lines_for(routes[:2], PEER) == ()


async def test_the_line_that_was_asked_for_is_the_line(office):
    assert await choice(router(office, GB), line="cheap") == "cheap"


async def test_a_peer_hears_from_the_number_it_knows(office):
    await office.send("hello", BRITISH)

    assert await choice(router(office, GB)) == "support"


async def test_a_new_peer_is_texted_by_the_first_line_of_its_route(office):
    one = router(office, GB)

    assert await choice(one) == "london"
    assert await choice(one, PEER) is None  # no route: the first line configured


async def test_a_line_that_does_not_work_or_has_no_quota_left_comes_last(office):
    lost = Radio("london")
    lost.go(ready=False)

    assert await choice(router(office, GB, london=lost)) == "cheap"
    assert await choice(router(office, GB, quotas=Standing(london=10))) == "cheap"
    assert await choice(router(office, GB, quotas=Standing(london=10, cheap=10))) == "london"


async def test_what_is_no_number_is_left_for_the_policy_to_refuse(office):
    assert await choice(router(office, GB), "nobody") is None

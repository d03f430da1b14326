import asyncio
import contextlib
import json
from dataclasses import dataclass

import aiohttp
import pytest
from fakes.contact_book import contacts_of, imports_of
from fakes.desk import Office, open_office
from fakes.radio import Radio

from clerkd.api.health import Health
from clerkd.api.listen import Listener
from clerkd.api.prometheus import Metric, Sample
from clerkd.api.server import build_api
from clerkd.core.sims import Sims
from clerkd.errors import Temporary
from clerkd.model.quota import Quota
from clerkd.model.token import Scope, mint
from clerkd.model.ussd import UssdReply
from clerkd.store.ops.tokens import create_token


class Answer:
    def __init__(self, status, headers, octets):
        self.status = status
        self.headers = headers
        self.octets = octets

    @property
    def json(self):
        return json.loads(self.octets)

    @property
    def error(self):
        error = self.json["error"]
        assert set(error) == {"code", "message", "details"}
        return error

    @property
    def code(self):
        return self.error["code"]


class Client:
    """A program that uses the API over a real connection."""

    def __init__(self, session, base, token):
        self._session = session
        self._base = base
        self._token = token

    def as_(self, token):
        return Client(self._session, self._base, token)

    async def __call__(self, method, path, body=None, *, octets=None, headers=None):
        if octets is None and body is not None:
            octets = json.dumps(body).encode()
        given = dict(headers or {})
        if self._token is not None:
            given.setdefault("Authorization", f"Bearer {self._token}")
        async with asyncio.timeout(10):
            url = f"{self._base}{path}"
            async with self._session.request(method, url, data=octets, headers=given) as answer:
                return Answer(answer.status, answer.headers, await answer.read())

    async def get(self, path):
        return await self("GET", path)

    async def post(self, path, body):
        return await self("POST", path, body)

    async def send(self, text, to="+14155550123", **wish):
        answer = await self.post("/v1/messages", {"to": to, "text": text, **wish})
        assert answer.status == 202, answer.json
        return answer.json


class SimulatedConsole:
    """A modem that knows two commands."""

    def __init__(self):
        self.seen = []

    async def at(self, command):
        self.seen.append(command)
        if command == "AT+CSQ":
            return ["+CSQ: 21,99", "OK"]
        raise Temporary("the modem is absent")

    async def ussd(self, code):
        return UssdReply(f"you asked {code}", wants_reply=True)

    async def end_ussd(self):
        self.seen.append("end of the menu")


@dataclass
class Slot:
    """The line as the one that holds a SIM."""

    radio: Radio

    def status(self):
        return self.radio.status()

    def take_up_sim(self):
        pass


@dataclass
class Api:
    """Everything that a test of the API looks at."""

    office: Office
    tcp: Client  # with a token of every scope
    unix: Client
    tokens: dict[str, str]  # by scope
    console: SimulatedConsole
    health: dict[str, Health]


@contextlib.asynccontextmanager
async def open_api(path, **options):
    async with open_office(path / "clerkd.db", **options) as office:
        tokens = {}
        for scope in Scope:
            minted = mint()
            await office.store.write(
                create_token,
                token_id=office.ids.new(),
                name=f"to-{scope}",
                minted=minted,
                scopes=[scope],
                now=office.clock.now_ms(),
            )
            tokens[scope.value] = minted.token
        imports = imports_of(office)
        importing = asyncio.get_running_loop().create_task(imports.run())
        console, health = SimulatedConsole(), {"slack": Health(ok=True, state="connected")}
        app = build_api(
            store=office.store,
            outbox=office.outbox,
            clock=office.clock,
            version="1.2.3",
            lines=[office.radio],
            modems={"front-desk": console},
            probes={"slack": lambda: health["slack"]},
            quotas=office.quotas,
            contacts=contacts_of(office),
            imports=imports,
            sims=Sims(office.store, office.clock, lambda: {"support": Slot(office.radio)}),
            sources=[lambda: [Metric("clerkd_test_total", "counter", "Of a source.", (Sample(7),))]],
        )
        listener = Listener(app, tcp=("127.0.0.1", 0), unix=path / "api.sock")
        listener.bind()
        await listener.start()
        unix_connector = aiohttp.UnixConnector(str(path / "api.sock"))
        async with aiohttp.ClientSession() as over_tcp, aiohttp.ClientSession(connector=unix_connector) as over_unix:
            tcp = Client(over_tcp, f"http://127.0.0.1:{listener.port}", tokens["admin"])
            unix = Client(over_unix, "http://localhost", None)
            try:
                yield Api(office, tcp, unix, tokens, console, health)
            finally:
                await listener.stop()
                importing.cancel()
                await asyncio.wait({importing})


@pytest.fixture
async def api(tmp_path):
    """The API over a core that sends nothing: what is accepted stays accepted."""
    async with open_api(tmp_path, running=False) as api:
        yield api


@pytest.fixture
async def running_api(tmp_path):
    """The API over a core that sends."""
    async with open_api(tmp_path) as api:
        yield api


@pytest.fixture
async def metered(tmp_path):
    """The API of a line with a quota of 100 segments."""
    async with open_api(tmp_path, quota=Quota(100)) as api:
        yield api

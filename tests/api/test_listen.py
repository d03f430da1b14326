import asyncio
import contextlib
import socket
import stat

import aiohttp
import pytest
from aiohttp import web

from clerkd.api.listen import Listener, bind_tcp
from clerkd.errors import Held


def application():
    async def hello(request):
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_get("/", hello)
    return app


@contextlib.asynccontextmanager
async def serving(**addresses):
    listener = Listener(application(), **addresses)
    listener.bind()
    await listener.start()
    try:
        yield listener
    finally:
        await listener.stop()


async def get(url="http://localhost/", *, unix=None):
    connector = None if unix is None else aiohttp.UnixConnector(str(unix))
    async with asyncio.timeout(5), aiohttp.ClientSession(connector=connector) as session, session.get(url) as answer:
        return await answer.text()


async def test_both_addresses_answer(tmp_path):
    path = tmp_path / "api.sock"
    async with serving(tcp=("127.0.0.1", 0), unix=path) as listener:
        assert await get(f"http://127.0.0.1:{listener.port}/") == "hello"
        assert await get(unix=path) == "hello"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    assert not path.exists()


async def test_a_port_in_use_is_refused_before_anything_is_served(tmp_path):
    path = tmp_path / "api.sock"
    async with serving(tcp=("127.0.0.1", 0), unix=None) as first:
        second = Listener(application(), tcp=("127.0.0.1", first.port), unix=path)
        with pytest.raises(Held, match=str(first.port)):
            second.bind()

    assert not path.exists()


async def test_a_port_is_taken_from_the_moment_it_is_bound():
    first = bind_tcp("127.0.0.1", 0)[0]
    with first, pytest.raises(Held):
        bind_tcp("127.0.0.1", first.getsockname()[1])


async def test_a_socket_that_a_dead_daemon_left_is_replaced(tmp_path):
    path = tmp_path / "api.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))

    async with serving(tcp=None, unix=path):
        assert await get(unix=path) == "hello"


async def test_the_socket_of_a_living_daemon_is_left_alone(tmp_path):
    path = tmp_path / "api.sock"
    async with serving(tcp=None, unix=path):
        with pytest.raises(Held):
            Listener(application(), tcp=None, unix=path).bind()
        assert await get(unix=path) == "hello"


async def test_a_file_that_is_no_socket_is_never_removed(tmp_path):
    path = tmp_path / "api.sock"
    path.write_text("mine")

    with pytest.raises(OSError, match="in use"):
        Listener(application(), tcp=None, unix=path).bind()

    assert path.read_text() == "mine"

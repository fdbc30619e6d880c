"""Routes that FastAPI analyses when they are used: the same answers, and the same OpenAPI, as in stock CachiBot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cachibot_process import CachibotProcess

ASK = """
import httpx, inspect
from starlette.responses import JSONResponse

async def ask(method, path, **options):
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:5870") as client:
        return await client.request(method, path, **options)
"""

OPENAPI = f"""
{ASK}
answer = asyncio.run(ask("GET", "/openapi.json")).text
"""

ANSWER_OF_EACH_ROUTE = f"""
{ASK}
from cachibot.api.auth import get_current_user
from cachibot.models.auth import User

async def user():
    return User.model_construct(id="id", username="tester", role="admin", is_active=True)

def stub(endpoint):
    def respond(**values):
        return JSONResponse([endpoint.__module__, endpoint.__name__, sorted(values)])
    async def respond_later(**values):
        return respond(**values)
    return respond_later if inspect.iscoroutinefunction(endpoint) else respond

async def all_answers():
    answers = {{}}
    for route in app.routes:
        if getattr(route, "dependant", None) is None:
            continue
        real, route.dependant.call = route.dependant.call, stub(route.endpoint)
        path = route.path.replace("{{", "").replace("}}", "").replace(":path", "")
        for method in sorted(getattr(route, "methods", [])):
            for login, body in ((False, b""), (True, b""), (True, b"no JSON"), (True, b"{{}}")):
                app.dependency_overrides = {{get_current_user: user}} if login else {{}}
                got = await ask(method, path, content=body, headers={{"Content-Type": "application/json"}})
                answers[f"{{method}} {{route.path}} {{login}} {{body}}"] = [got.status_code, got.text]
            app.dependency_overrides = {{}}
        route.dependant.call = real
    return answers

answer = asyncio.run(all_answers())
"""

PENDING = """
from cachibot_desktop.server import lazy_routes
answer = [len(lazy_routes.pending(app)), sum(hasattr(type(route), "__getattr__") for route in app.routes)]
"""


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CachibotProcess]:
    """A process with patched cachibot whose routes no other test has used."""
    with CachibotProcess(tmp_path_factory.mktemp("fresh"), patched=True) as process:
        yield process


def test_the_start_analyses_only_the_routes_that_are_patched(fresh: CachibotProcess) -> None:
    pending, routes = fresh.run(PENDING)
    assert routes > 250
    assert routes - 10 <= pending < routes


def test_the_start_does_not_build_the_models_of_openapi(fresh: CachibotProcess) -> None:
    assert (
        fresh.run("""
        from fastapi.openapi.models import Operation, PathItem, Schema
        answer = [model.__pydantic_complete__ for model in (Operation, PathItem, Schema)]
    """)
        == [False] * 3
    )


def test_the_attributes_of_a_new_route_are_those_of_an_analysed_one(fresh: CachibotProcess) -> None:
    count, differing = fresh.run("""
        import gc
        from fastapi.routing import APIRoute
        from cachibot_desktop.server import lazy_routes
        differing = []
        # Those of the application, and those of the routers that it includes.
        routes = [each for each in gc.get_objects() if isinstance(each, APIRoute)]
        for route in routes:
            early = dict(vars(route))
            early.pop(lazy_routes._PENDING, None)
            lazy_routes.analyse(route)
            differing += [
                [route.path, name, str(early[name]), str(vars(route)[name])]
                for name in early
                if early[name] != vars(route)[name] or type(early[name]) is not type(vars(route)[name])
            ]
        answer = [len(routes), differing]
    """)
    assert count > 500
    assert differing == []


def test_openapi_is_that_of_stock(stock: CachibotProcess, fresh: CachibotProcess) -> None:
    expected = stock.run(OPENAPI)
    assert len(expected) > 100_000
    assert fresh.run(OPENAPI) == expected


@pytest.mark.left_to_ci
def test_every_route_answers_and_refuses_as_in_stock(stock: CachibotProcess, patched: CachibotProcess) -> None:
    expected: dict[str, Any] = stock.run(ANSWER_OF_EACH_ROUTE)
    assert len(expected) > 1_000
    assert {status for status, _ in expected.values()} >= {200, 401, 422}
    assert patched.run(ANSWER_OF_EACH_ROUTE) == expected


def test_odd_endpoints(fresh: CachibotProcess) -> None:
    """Cases that cachibot does not have: FastAPI reads them from the endpoint's annotation or arguments."""
    assert fresh.run("""
        from collections.abc import AsyncIterator
        from http import HTTPStatus
        from fastapi import APIRouter, FastAPI
        from fastapi.responses import PlainTextResponse
        router = APIRouter()
        @router.get("/text")
        def text() -> PlainTextResponse:
            "Text.\\f Not shown."
            return PlainTextResponse("text")
        @router.post("/made", status_code=HTTPStatus.CREATED)
        def made() -> dict[str, int]:
            return {"made": 1}
        @router.get("/lines")
        async def lines() -> AsyncIterator[int]:
            yield 1
            yield 2
        other = FastAPI()
        other.include_router(router, prefix="/api")
        import httpx
        async def ask():
            transport = httpx.ASGITransport(app=other)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                asked = [("GET", "/api/text"), ("POST", "/api/made"), ("GET", "/api/lines")]
                answers = [await client.request(*each) for each in asked]
            return [[each.status_code, each.text] for each in answers]
        answer = [asyncio.run(ask()), other.routes[-3].description]
    """) == [[[200, "text"], [201, '{"made":1}'], [200, "1\n2\n"]], "Text."]


def test_an_endpoint_with_a_mistake_fails_at_each_use(fresh: CachibotProcess) -> None:
    assert fresh.run("""
        from fastapi import APIRouter
        from fastapi.exceptions import FastAPIError
        router = APIRouter()
        @router.get("/wrong", response_model=object())
        def wrong(): ...
        answer = []
        for _ in range(2):
            try:
                router.routes[0].app
            except FastAPIError as problem:
                answer.append("Invalid args for response field" in str(problem))
        answer.append(hasattr(router.routes[0], "__deepcopy__"))
        answer.append(router.routes[0].path_format)
    """) == [True, True, False, "/wrong"]

"""Answers the pages of the first use. The gateway calls it; the access policy has passed the request."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

from ..data import database, work_folder
from ..gateway.own_routes import Answer, Call
from ..gateway.static_files import StaticResponse
from ..launch_options import LaunchOptions
from . import account, api_keys, model_choice, model_servers, words
from .pages import SETUP, OwnPages

Handler = Callable[[Call], Awaitable[Answer]]


class FirstUse:
    """The first page, the choice of a model, and the log-in without a password."""

    def __init__(self, launch: LaunchOptions) -> None:
        self._launch = launch
        self._data = launch.data
        self._pages = OwnPages(account.system_user())
        self._setup = asyncio.Lock()
        self._has_accounts = False
        self._early: dict[tuple[str, str], Handler] = {
            ("GET", "/api/desktop/models"): self._search,
            ("GET", "/api/desktop/interfaces"): self._interfaces,
        }
        self._routes: dict[tuple[str, str], Handler] = {
            ("POST", "/api/desktop/address"): self._ask_address,
            ("POST", "/api/desktop/key"): self._check_key,
            ("POST", "/api/desktop/setup"): self._set_up,
            ("POST", "/api/desktop/model"): self._save_model,
            ("POST", "/api/desktop/login"): self._log_in,
            ("GET", "/api/desktop/account"): self._account,
            ("POST", "/api/desktop/password"): self._set_password,
            ("POST", "/api/desktop/work-folder"): self._choose_work_folder,
        }

    def page(self, path: str) -> StaticResponse | None:
        """Return one of the app's own pages or files."""
        return self._pages.page(path)

    async def redirect(self, path: str) -> str | None:
        """Return where a request for a page has to go: to the first page while there is no account, else away from it.

        Unlike CachiBot's own page, this knows it before CachiBot is imported.
        """
        if not self._has_accounts:
            counted = await asyncio.to_thread(_count_accounts, self._launch)
            self._has_accounts = bool(counted)
            if counted == 0:
                return None if path.startswith(("/desktop/", SETUP)) else SETUP
        return "/" if path == SETUP and self._has_accounts else None

    def handler(self, method: str, path: str) -> tuple[Handler | None, bool]:
        """Return the handler of a route, and whether it needs CachiBot to be imported."""
        early = self._early.get((method, path))
        return (early, False) if early else (self._routes.get((method, path)), True)

    async def _search(self, _call: Call) -> Answer:
        found = await asyncio.to_thread(model_servers.search)
        return Answer(200, {"servers": [server.as_json() for server in found]})

    async def _interfaces(self, _call: Call) -> Answer:
        """Answer what other programs can reach: the page's address has the usual port in any case."""
        return Answer(200, {"port": self._launch.port, "v1": self._launch.open_v1})

    async def _ask_address(self, call: Call) -> Answer:
        try:
            server = await asyncio.to_thread(model_servers.ask, call.text("address"), call.text("key"))
        except model_servers.NotFound as problem:
            return Answer(404, {"detail": str(problem)})
        return Answer(200, server.as_json())

    async def _check_key(self, call: Call) -> Answer:
        try:
            accepted = await asyncio.to_thread(api_keys.check, call.text("key"), call.text("provider"))
        except api_keys.Rejected as problem:
            return Answer(400, {"detail": str(problem)})
        return Answer(200, accepted.as_json())

    async def _set_up(self, call: Call) -> Answer:
        name = account.as_name(call.body.get("name"))
        if name is None:
            return Answer(400, {"detail": words.BAD_NAME})
        if call.body.get("terms_accepted") is not True:
            return Answer(400, {"detail": words.TERMS_MISSING})
        wanted = call.body.get("model")
        choice = model_choice.read(wanted)
        if wanted is not None and choice is None:
            return Answer(400, {"detail": words.BAD_REQUEST})
        async with self._setup:
            if not await account.setup_needed():
                return Answer(409, {"detail": words.HAS_ACCOUNTS})
            # The account comes last: until then, a failure leaves everything to be tried again.
            await account.accept_terms()
            if choice is not None:
                model_choice.save(choice)
            return Answer(200, await account.create(self._data, name))

    async def _save_model(self, call: Call) -> Answer:
        from cachibot.api.auth import get_user_from_token

        if await get_user_from_token(call.bearer) is None:
            return Answer(401, {"detail": words.LOGIN_NEEDED})
        choice = model_choice.read(call.body)
        if choice is None:
            return Answer(400, {"detail": words.BAD_REQUEST})
        model_choice.save(choice)
        return Answer(200, {})

    async def _log_in(self, call: Call) -> Answer:
        """With several accounts only a user who has `chosen` this one is logged in."""
        wanted = call.body.get("chosen") is True or await account.is_alone()
        login = await account.log_in(self._data) if wanted else None
        return Answer(404, {"detail": words.NOT_OURS}) if login is None else Answer(200, login)

    async def _account(self, _call: Call) -> Answer:
        return Answer(200, {"name": await account.own_name(self._data)})

    async def _set_password(self, call: Call) -> Answer:
        """The password comes hashed once, as CachiBot's page sends passwords; its length is the page's to check."""
        password = call.text("password")
        if not re.fullmatch(r"[0-9a-f]{64}", password):
            return Answer(400, {"detail": words.BAD_PASSWORD})
        async with self._setup:
            changed = await account.set_password(self._data, password)
        return Answer(200, {}) if changed else Answer(409, {"detail": words.NOT_OURS})

    async def _choose_work_folder(self, call: Call) -> Answer:
        folder = Path(call.text("folder"))
        problem = work_folder.problem_of(folder, self._data)
        if problem is not None:
            return Answer(400, {"detail": words.WORK_FOLDER[problem]})
        work_folder.choose(self._data, folder)
        return Answer(200, {"folder": str(folder)})


def _count_accounts(launch: LaunchOptions) -> int | None:
    """Return how many accounts the database has; None if that cannot be told from the file."""
    file = database.locate(launch.home, launch.workspace)
    if file is None:
        return None
    try:
        if not database.has_content(file):
            return 0
        with closing(database.open_beside_server(file)) as connection:
            (count,) = connection.execute("SELECT count(*) FROM users").fetchone()
    except (OSError, sqlite3.Error):
        return None  # an older schema, or in use: CachiBot's page finds out
    return int(count)

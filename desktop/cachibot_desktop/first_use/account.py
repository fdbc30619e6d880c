"""The account that the first page creates, with a random password, so that nobody logs in on their own machine.

The password is kept like the other secrets, in a file of its own owner only. It is an ordinary account of CachiBot:
stock CachiBot works with the same folder, and its `reset-password`, or a password set in the settings, ends the
automatic log-in; the kept password is then discarded.
"""

from __future__ import annotations

import asyncio
import getpass
import hashlib
import json
import re
import secrets
import unicodedata
import uuid
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..files import read_small_file, write_atomically

FILE = "account.secret"
LONGEST_NAME = 32
DOMAIN = "cachibot.internal"
"""CachiBot wants an e-mail address. No mail can reach this domain, and CachiBot's own forms accept it."""
TERMS_SECONDS = 3.0


@dataclass(frozen=True)
class Kept:
    """Content of the file: the ID of the account, and its password."""

    user: str
    password: str


def system_user() -> str:
    """Return the name of the system's user, to propose it; empty if there is none."""
    try:
        return getpass.getuser()[:LONGEST_NAME]
    except (OSError, KeyError, ImportError):
        return ""


def as_name(text: object) -> str | None:
    """Return a name as it will be stored, in lower case as CachiBot does; None if it cannot be one."""
    name = " ".join(text.split()).lower() if isinstance(text, str) else ""
    return name if name.isprintable() and 1 <= len(name) <= LONGEST_NAME else None


def email_of(name: str) -> str:
    """Return an address for an account that has none."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return f"{re.sub('[^a-z0-9]+', '.', plain).strip('.') or 'user'}@{DOMAIN}"


def read(data: Path) -> Kept | None:
    """Return what is kept in that data folder; None if there is nothing, or nothing that can be used."""
    try:
        kept = json.loads(read_small_file(data / FILE))
        return Kept(user=str(kept["user"]), password=str(kept["password"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def discard(data: Path) -> None:
    """Forget the kept password: from now on the user logs in."""
    (data / FILE).unlink(missing_ok=True)


async def setup_needed() -> bool:
    """Return what CachiBot itself says: there is no account, and this is not its cloud."""
    from cachibot.api.routes.auth import check_setup_required

    return bool((await check_setup_required()).setup_required)


async def create(data: Path, name: str) -> dict[str, Any]:
    """Create the administrator's account; return its login.

    Raises:
        OSError: the password cannot be kept. There is no account then.
    """
    from cachibot.models.auth import UserInDB, UserRole
    from cachibot.services.auth_service import get_auth_service
    from cachibot.storage.user_repository import UserRepository

    password = secrets.token_urlsafe(24)
    now = datetime.now(UTC)
    user = UserInDB(
        id=str(uuid.uuid4()),
        email=email_of(name),
        username=name,
        password_hash=await asyncio.to_thread(get_auth_service().hash_password, as_page_sends(password)),
        role=UserRole.ADMIN,
        created_at=now,
        last_login=now,
    )
    # Kept first: an account whose password nobody knows would lock the user out.
    write_atomically(data / FILE, json.dumps(asdict(Kept(user.id, password))) + "\n")
    await UserRepository().create_user(user)
    return _login(user)


async def log_in(data: Path) -> dict[str, Any] | None:
    """Return a login of the account that this app created, if its password is still right."""
    from cachibot.storage.user_repository import UserRepository

    user = await _own_user(data)
    if user is None:
        return None
    await UserRepository().update_last_login(user.id)
    return _login(user)


async def own_name(data: Path) -> str | None:
    """Return the name of the account that needs no password; None if there is none."""
    user = await _own_user(data)
    return None if user is None else str(user.username)


async def is_alone() -> bool:
    """Return whether there is one account: with several, the user chooses."""
    from cachibot.storage.user_repository import UserRepository

    return int(await UserRepository().get_user_count()) == 1


async def set_password(data: Path, password: str) -> bool:
    """Give the account a password of the user's own, hashed as the page sends it; False if it has one already."""
    from cachibot.services.auth_service import get_auth_service
    from cachibot.storage.user_repository import UserRepository

    user = await _own_user(data)
    if user is None:
        return False
    digest = await asyncio.to_thread(get_auth_service().hash_password, password)
    await UserRepository().update_password(user.id, digest)
    discard(data)
    return True


async def accept_terms() -> None:
    """Note in CachiBot's own settings that its terms, in their newest version, were accepted."""
    from cachibot.api.routes.telemetry import ConsentRequest, accept_consent
    from cachibot.services import terms_checker

    version = terms_checker.get_latest_terms_version()
    if not version:
        # Otherwise the page would ask again as soon as the version is known.
        try:
            async with asyncio.timeout(TERMS_SECONDS):
                await terms_checker._fetch_terms()
        except TimeoutError:
            pass
        version = terms_checker.get_latest_terms_version() or "1.0"
    await accept_consent(ConsentRequest(terms_accepted=True, terms_version=version), user=None)


def as_page_sends(password: str) -> str:
    """Return a password as CachiBot's page sends it: hashed once."""
    return hashlib.sha256(password.encode()).hexdigest()


async def _own_user(data: Path) -> Any:
    """Return the account of the kept password; discard a kept password that is no longer right."""
    from cachibot.services.auth_service import get_auth_service
    from cachibot.storage.user_repository import UserRepository

    kept = read(data)
    if kept is None:
        return None
    user = await UserRepository().get_user_by_id(kept.user)
    if user is None or not user.is_active:
        return None
    password = as_page_sends(kept.password)
    if not await asyncio.to_thread(get_auth_service().verify_password, password, user.password_hash):
        discard(data)
        return None
    return user


def _login(user: Any) -> dict[str, Any]:
    from cachibot.api.auth import _to_user
    from cachibot.models.auth import LoginResponse
    from cachibot.services.auth_service import get_auth_service

    auth = get_auth_service()
    login = LoginResponse(
        access_token=auth.create_access_token(user.id, user.role.value),
        refresh_token=auth.create_refresh_token(user.id),
        user=_to_user(user),
    )
    answer: dict[str, Any] = login.model_dump(mode="json")
    return answer

"""Times that a user names are times of the user's clock.

CachiBot's tools take "20:45", and a date without a zone, for UTC; so does the schedule of a cron expression, unless a
configuration file names a zone. Its agents are not told the date. Here all of these use the zone that is configured, or
else the machine's, as it is at that moment. A cron expression means the local clock: when the zone changes, and at each
start, the next runs are computed again. A reminder for one moment keeps its moment.

The agents get the date, not the time of day: their instructions begin each request, and a local model reads a request
that begins as the last one did much faster. For "in ten minutes" the tools take that as it is.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ..launch_options import LaunchOptions
from ..process import local_zone
from .patch import Patch

TIMES = {"todo_create": "remind_at", "schedule_create": "run_at"}
"""Tools that take a time, and the name of it."""

LISTS = ("todo_list", "schedule_list")
"""Tools whose results have times in them."""

HINT = (
    "Times are local times of the user; pass them as the user says them. A delay such as 'in 10 minutes' works, too. "
)

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_DELAY = re.compile(r"(?:in |\+)?(\d+) ?(s|sec|m|min|h|hr|d|day|second|minute|hour)s?", re.IGNORECASE)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

Tool = Callable[..., Awaitable[str]]


def apply(launch: LaunchOptions) -> None:
    """Change the configuration, the scheduler, the tools and the instructions of the agents."""
    from cachibot.agent import CachibotAgent
    from cachibot.config import Config
    from cachibot.plugins.work_management import WorkManagementPlugin
    from cachibot.services.scheduler_service import SchedulerService

    _follow_machine(Config)
    # The scheduler keeps what it finds at its start. A configured zone does not change while the server runs.
    configured = Config.load(workspace=launch.workspace).__dict__.get("timezone")

    def zone() -> str:
        return configured or local_zone.current()

    scheduler: Any = SchedulerService
    scheduler.timezone = property(lambda _self: zone(), lambda _self, _value: None)
    scheduler._check_due_schedules = _recomputing(scheduler._check_due_schedules, zone)
    _use_in_tools(WorkManagementPlugin, zone)
    _tell_date(CachibotAgent, zone)


def _follow_machine(config: Any) -> None:
    """Let a configuration whose zone nobody has chosen name the machine's, whenever it is read."""
    make = config.__init__

    class Zone:
        def __get__(self, instance: Any, _owner: object) -> str:
            return "UTC" if instance is None else instance.__dict__.get("timezone") or local_zone.current()

        def __set__(self, instance: Any, value: str) -> None:
            instance.__dict__["timezone"] = value

    @functools.wraps(make)
    def init(self: Any, *args: Any, **options: Any) -> None:
        make(self, *args, **options)
        if "timezone" not in options:
            del self.__dict__["timezone"]

    config.timezone = Zone()
    config.__init__ = init


def _recomputing(check: Callable[[Any], Awaitable[None]], zone: Callable[[], str]) -> Callable[[Any], Awaitable[None]]:
    """Compute the next runs again before a check in another zone than the last one's; the first check always does."""

    @functools.wraps(check)
    async def check_due_schedules(self: Any) -> None:
        name = zone()
        if name != self.__dict__.get("zone_of_next_runs"):
            await compute_next_runs(self._schedule_repo, name)
            self.__dict__["zone_of_next_runs"] = name
        await check(self)

    return check_due_schedules


async def compute_next_runs(schedules: Any, zone: str) -> None:
    """Set the next run of each cron expression that is not due yet."""
    from cachibot.storage.models.work import Schedule
    from sqlalchemy import select

    now = datetime.now(UTC)
    waiting = select(Schedule).where(
        Schedule.enabled.is_(True), Schedule.cron_expression.isnot(None), Schedule.next_run_at > now
    )
    for schedule in await schedules._fetch_all(waiting):
        following = next_run(schedule.cron_expression, zone)
        if following is not None and following != schedule.next_run_at:
            await schedules.update_next_run(schedule.id, following)


def next_run(expression: str, zone: str) -> datetime | None:
    """Return when a cron expression is due next by the clock of `zone`; None for one that cannot be read."""
    from croniter import croniter  # type: ignore[import-untyped]

    try:
        following: datetime = croniter(expression, datetime.now(ZoneInfo(zone))).get_next(datetime)
    except (ValueError, KeyError):
        return None
    return following


def _use_in_tools(plugin: Any, zone: Callable[[], str]) -> None:
    build = plugin._build_skills

    @functools.wraps(build)
    def build_skills(self: Any) -> dict[str, Any]:
        skills: dict[str, Any] = build(self)
        for name, argument in TIMES.items():
            skill = skills[name]
            skill.fn = _with_local_times(skill.fn, zone, argument)
            described = skill.descriptor.input_schema["properties"][argument]
            described["description"] = HINT + described["description"]
        for name in LISTS:
            skills[name].fn = _with_local_times(skills[name].fn, zone)
        return skills

    plugin._build_skills = build_skills


def _with_local_times(tool: Tool, zone: Callable[[], str], argument: str | None = None) -> Tool:
    @functools.wraps(tool)
    async def run(*args: Any, **options: Any) -> str:
        given = options.get(argument or "")
        if argument is not None and isinstance(given, str):
            options[argument] = as_utc(given, datetime.now(ZoneInfo(zone()))) or given
        content = _read(await tool(*args, **options))
        if isinstance(content, str):
            return content
        if options.get("cron_expression") and "id" in content:
            content["next_run_at"] = await _correct_schedule(content["id"], options["cron_expression"], zone())
        return json.dumps(_localized(content, zone()), indent=2)

    return run


def as_utc(text: str, now: datetime) -> str | None:
    """Return the moment that a user means by `text`, in ISO format and UTC; None where the tool is to refuse it.

    A time of day that has passed is tomorrow's. `now` has the user's zone.
    """
    text = text.strip()
    try:
        if clock := _CLOCK.fullmatch(text):
            hour, minute, second = (int(part or 0) for part in clock.groups())
            moment = now.replace(hour=hour, minute=minute, second=second, microsecond=0, fold=0)
            # The clock of tomorrow, however long the night is.
            moment += timedelta(days=0 if moment > now else 1)
        elif delay := _DELAY.fullmatch(text):
            moment = now.astimezone(UTC) + timedelta(**{_UNITS[delay[2][0].lower()]: int(delay[1])})
        else:
            moment = datetime.fromisoformat(text)
            moment = moment.replace(tzinfo=now.tzinfo) if moment.tzinfo is None else moment
        if moment.astimezone(UTC) < now.astimezone(UTC) < moment.replace(fold=1).astimezone(UTC):
            moment = moment.replace(fold=1)  # the clock shows this time twice, and once it has passed
        return moment.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return None


async def _correct_schedule(made: str, expression: str, zone: str) -> str | None:
    """Give a schedule that a tool has just made its next run by the clock of `zone`, and return it."""
    from cachibot.storage.work_repository import ScheduleRepository

    following = next_run(expression, zone)
    schedules = ScheduleRepository()
    schedule = await schedules.get(made)
    if schedule is None or following is None:
        return None
    schedule.timezone, schedule.next_run_at = zone, following
    await schedules.update(schedule)
    return following.isoformat()


def _localized(content: Any, zone: str) -> Any:
    """Return the result of a tool with its times as the user's clock shows them."""
    for entry in content if isinstance(content, list) else [content]:
        for name, value in entry.items():
            if name.endswith("_at") and isinstance(value, str):
                entry[name] = datetime.fromisoformat(value).astimezone(ZoneInfo(zone)).isoformat()
    return content


def _read(result: str) -> Any:
    """Return the object or list that a result holds; the result itself if it is a sentence."""
    try:
        content = json.loads(result)
    except ValueError:
        return result
    return content if isinstance(content, (dict, list)) else result


def _tell_date(agent: Any, zone: Callable[[], str]) -> None:
    instruct = agent._get_system_prompt

    @functools.wraps(instruct)
    def instructions(self: Any) -> str:
        now = datetime.now(ZoneInfo(zone()))
        return (
            f"{instruct(self)}\n\n## Date\n"
            f"Today is {now:%A}, {now.day} {now:%B %Y}. The user's time zone is {zone()} (UTC{now:%:z}). "
            "Times that the user names are local times."
        )

    agent._get_system_prompt = instructions


PATCH = Patch(
    name="local times",
    flaw='"remind me at 20:45" means 20:45 UTC, wherever the user is',
    versions="0.3.0",
    apply=apply,
)

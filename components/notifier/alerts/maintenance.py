"""Maintenance windows of the configuration: times of the day on certain days, in their own time zone."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from components.notifier.alerts.alert import Instance
from components.notifier.alerts.config import MaintenanceSettings
from components.notifier.alerts.matchers import Matchers, all_match, read_all
from components.notifier.wall_clock import DAY, spans


class Window:
    """One window, recurring. Begins and ends as clocks on the wall show it, summer time or not: an hour that
    is left out begins when the clock passes it, one that comes twice counts from the first time.
    """

    def __init__(self, name: str, settings: MaintenanceSettings) -> None:
        self.name = name
        self._settings = settings
        self._zone = ZoneInfo(settings.time_zone)
        self.matchers: Matchers = read_all(settings.match)

    def end(self, now: datetime) -> datetime | None:
        """When it ends, if it is open now."""
        return next((end for start, end in self._around(now) if start <= now < end), None)

    def next(self, now: datetime) -> datetime | None:
        """When it begins or ends next; None if it never does."""
        return min((moment for times in self._around(now) for moment in times if moment > now), default=None)

    def _around(self, now: datetime) -> list[tuple[datetime, datetime]]:
        """Those that began yesterday up to those of a week from now."""
        settings, today = self._settings, now.astimezone(self._zone).date()
        first, last = today - DAY, today + 8 * DAY
        return list(spans(settings.days, settings.start, settings.end, first, last, self._zone))


class Maintenance:
    """All windows."""

    def __init__(self, settings: Mapping[str, MaintenanceSettings]) -> None:
        self._windows = [Window(name, one) for name, one in settings.items()]

    def over(self, instance: Instance, now: datetime) -> str:
        """The name of the window that is open for the instance, or empty."""
        for window in self._windows:
            if all_match(window.matchers, instance.matched) and window.end(now) is not None:
                return window.name
        return ""

    def next(self, now: datetime) -> datetime | None:
        """When the next window begins or ends."""
        moments = [window.next(now) for window in self._windows]
        return min((moment for moment in moments if moment is not None), default=None)

    def open(self, now: datetime) -> Mapping[str, datetime]:
        """The windows that are open, and when they end."""
        ends = {window.name: window.end(now) for window in self._windows}
        return {name: end for name, end in ends.items() if end is not None}

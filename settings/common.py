"""The keys at the top of `stellwerk.toml`, which every process reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from settings.home import Home
from settings.tables import Problems, read

LogLevel = Literal["debug", "info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Common:
    """What the processes share: the domain, who administers it, how much is logged."""

    domain: str = "localhost"
    administrators: list[str] = field(default_factory=list)  # bare JIDs
    log_level: LogLevel = "info"


def read_common(document: Mapping[str, Any], problems: Problems) -> Common | None:
    """The file's top-level keys; tables are left to the processes they belong to."""
    keys = {key: value for key, value in document.items() if not isinstance(value, Mapping)}
    return read(Common, keys, "", problems)


def home_of(configuration: Path) -> Home:
    """The home a configuration file belongs to: the directory it lies in."""
    return Home(configuration.resolve().parent)

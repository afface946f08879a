"""XEP-0045 §15.5.3 the fields of the configuration form under the short names an operator types."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from components.common.answers import Answers
from components.common.forms import Field
from components.common.outcome import Value
from components.muc.config import FixedRoom
from components.muc.feature import RoomFeature
from components.muc.room import Room
from components.muc.setting import RoomConfig

_PREFIXES = ("muc#roomconfig_", "muc#")


def short(var: str) -> str:
    """`roomname` for `muc#roomconfig_roomname`, `maxhistoryfetch` for `muc#maxhistoryfetch`."""
    for prefix in _PREFIXES:
        if var.startswith(prefix):
            return var.removeprefix(prefix)
    return var


def short_names(variables: Iterable[str]) -> Sequence[str]:
    """The names of several settings."""
    return sorted(map(short, variables))


def fields(features: Sequence[RoomFeature], config: RoomConfig, room: Room | None = None) -> Sequence[Field]:
    """The form with the values of a configuration, and of a room's lists of admins and owners."""
    settings = [setting.field(config[setting]) for feature in features for setting in feature.settings]
    lists = [item for feature in features for item in feature.fields(room)] if room is not None else []
    return [replace(item, var=short(item.var)) for item in (*settings, *lists)]


def values(features: Sequence[RoomFeature], room: Room) -> Sequence[Value]:
    """The same as what is told: truths, numbers, texts and lists."""
    settings = [
        Value(short(setting.var), setting.label, room.config[setting])
        for feature in features
        for setting in feature.settings
    ]
    lists = [
        Value(short(item.var), item.label, list(item.values), item.type)
        for feature in features
        for item in feature.fields(room)
    ]
    return [*settings, *lists]


def submitted(features: Sequence[RoomFeature], room: Room, answers: Answers) -> Mapping[str, Sequence[str]]:
    """The answers under the names that the form has."""
    known = answers.values()
    variables = [setting.var for feature in features for setting in feature.settings]
    variables += [item.var for feature in features for item in feature.fields(room)]
    return {var: known[short(var)] for var in variables if short(var) in known}


def overruled(fixed: FixedRoom | None, config: RoomConfig) -> Sequence[str]:
    """The settings for which the configuration file has another value."""
    wanted = fixed.values() if fixed is not None else {}
    return short_names(setting.var for setting, value in wanted.items() if config[setting] != value)

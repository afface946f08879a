"""What every process reads of `stellwerk.toml`, and where a home keeps its files.

Pure: tables in, dataclasses or a list of problems out. The configuration file and the layout of a
home are, beside XEP-0114, the only things the processes of an installation have in common.
"""

from settings.home import Home
from settings.tables import Problems, SettingsError, load, read

VERSION = "0.1.0"

__all__ = ["VERSION", "Home", "Problems", "SettingsError", "load", "read"]

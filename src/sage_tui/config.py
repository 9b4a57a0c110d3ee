"""Where things lie: option, environment, config file, XDG default, in this order (interfaces.md, "Conventions")."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sage_tui.domain.errors import WrongUse
from sage_tui.domain.text import clean

NAMES = ("database", "owner_database", "key_file", "export_dir", "log_file", "time_zone", "wire")
APP = "sage-tui"


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting of a host. `database` is a path or a postgresql:// URL; paths are absolute."""

    database: str
    key_file: str
    log_file: str
    config_file: str
    demo_database: str
    owner_database: str = ""
    export_dir: str = ""
    time_zone: str = ""
    wire: str = ""

    @property
    def is_file(self) -> bool:
        """Is the database a file on this host?"""
        return "://" not in self.database

    def with_database(self, database: str) -> "Config":
        """The same for another database, with that database's own key file."""
        target = database if "://" in database else os.path.abspath(os.path.expanduser(database))
        return replace(self, database=target, key_file=f"{target}.key" if "://" not in target else self.key_file)


def load(environ: Mapping[str, str], database: str = "") -> Config:
    """The settings in force; `database` is the option's value. Raises WrongUse for a config file that is none."""
    config_file = _xdg(environ, "XDG_CONFIG_HOME", ".config") / "config.toml"
    settings = _read(config_file) | {
        name: value for name in NAMES if (value := environ.get(f"SAGE_TUI_{name.upper()}"))
    }
    data = _xdg(environ, "XDG_DATA_HOME", ".local/share")
    target = _database(environ, database or settings.get("database", "") or str(data / "sage-tui.db"))
    default_key = f"{target}.key" if "://" not in target else str(data / "key")
    return Config(
        database=target,
        # A key file named for the configured database is not another database's.
        key_file=default_key if database else _path(environ, settings.get("key_file", "")) or default_key,
        log_file=_path(environ, settings.get("log_file", ""))
        or str(_xdg(environ, "XDG_STATE_HOME", ".local/state") / "sage-tui.log"),
        config_file=str(config_file),
        demo_database=str(data / "demo.db"),
        owner_database=settings.get("owner_database", ""),
        export_dir=_path(environ, settings.get("export_dir", "")),
        time_zone=settings.get("time_zone", ""),
        wire=settings.get("wire", ""),
    )


def _read(path: Path) -> dict[str, str]:
    try:
        with path.open("rb") as file:
            import tomllib  # where there is a file: the console's first frame does without

            found = tomllib.load(file)
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise WrongUse(f"{path} is not TOML: {clean(str(error), limit=120)}", "Mend it, or move it away.") from error
    except OSError as error:
        raise WrongUse(f"{path} cannot be read: {error.strerror}", "Look at its owner and mode.") from error
    for name, value in found.items():
        if name not in NAMES or not isinstance(value, str):
            raise WrongUse(
                f"{path}: {clean(str(name), limit=40)} is no setting with a text value",
                f"Settings: {', '.join(NAMES)}.",
            )
    return found


def _xdg(environ: Mapping[str, str], name: str, default: str) -> Path:
    base = environ.get(name, "")
    return (Path(base) if os.path.isabs(base) else _home(environ) / default) / APP


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("HOME") or os.path.expanduser("~"))


def _database(environ: Mapping[str, str], value: str) -> str:
    return value if "://" in value else _path(environ, value)


def _path(environ: Mapping[str, str], value: str) -> str:
    if value == "~" or value.startswith("~/"):
        value = str(_home(environ)) + value[1:]
    return os.path.abspath(value) if value else ""

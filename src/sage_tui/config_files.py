"""Files that must be ours alone: refused at the start, as ssh does, with the command that mends it (security.md §9)."""

import grp
import os
import pwd
import stat

from sage_tui.domain.errors import Refused


class Unsafe(Refused):
    """A file or directory that others could change or read."""

    code = "unsafe_file"


def check(path: str, what: str, *, private: bool = True) -> None:
    """Refuse a file that is a link, not regular, another's, or open to others. One that is not there passes.

    `private`: nobody else may read it (database and key); a config file may be read. Raises Unsafe.
    """
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise Unsafe(
            f"The {what} {path} cannot be looked at: {error.strerror}", "See its directory's owner and mode."
        ) from error
    if stat.S_ISLNK(found.st_mode):
        raise Unsafe(f"The {what} {path} is a symbolic link.", "Name the file itself.")
    if not stat.S_ISREG(found.st_mode):
        raise Unsafe(f"The {what} {path} is not a regular file.", "Name the file itself.")
    _check_owner(path, f"The {what} {path}", found)
    if found.st_mode & 0o022:
        raise Unsafe(f"The {what} {path} can be changed by others.", f"chmod 600 {_quoted(path)}")
    if private and found.st_mode & 0o044:
        raise Unsafe(f"The {what} {path} can be read by others.", f"chmod 600 {_quoted(path)}")
    _check_above(os.path.dirname(os.path.realpath(path)), what)


def _check_above(directory: str, what: str) -> None:
    while True:
        found = os.stat(directory)
        _check_owner(directory, f"The directory {directory} above the {what}", found)
        open_to_others = found.st_mode & 0o002 or (found.st_mode & 0o020 and not _is_private_group(found))
        if open_to_others and not found.st_mode & stat.S_ISVTX:
            raise Unsafe(
                f"The directory {directory} above the {what} can be changed by others.",
                f"chmod go-w {_quoted(directory)}",
            )
        above = os.path.dirname(directory)
        if above == directory:
            return
        directory = above


def _check_owner(path: str, named: str, found: os.stat_result) -> None:
    if found.st_uid not in (0, os.geteuid()):
        raise Unsafe(f"{named} belongs to somebody else.", f"chown {os.geteuid()} {_quoted(path)}")


def _is_private_group(found: os.stat_result) -> bool:
    """Is the group its owner's own: their primary group, with no other member?"""
    try:
        owner, group = pwd.getpwuid(found.st_uid), grp.getgrgid(found.st_gid)
    except KeyError:
        return False
    others = [
        entry.pw_name for entry in pwd.getpwall() if entry.pw_gid == found.st_gid and entry.pw_uid != found.st_uid
    ]
    return owner.pw_gid == found.st_gid and not others and set(group.gr_mem) <= {owner.pw_name}


def _quoted(path: str) -> str:
    import shlex

    return shlex.quote(path)

"""`python -m tools.lint`: every house rule over every tracked file. Exit 1 if one is broken."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from tools.lint import house, markup, sizes
from tools.lint.base import Finding, Source

TOP = Path(__file__).parents[2]
SKIPPED = {".png", ".gif", ".ico", ".xlsx", ".db"}


def tracked() -> list[Source]:
    """Tracked and new files that are text."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=True).stdout.splitlines()
    return [_read(name) for name in names if (TOP / name).is_file() and Path(name).suffix not in SKIPPED]


def _read(name: str) -> Source:
    return Source(PurePosixPath(name), (TOP / name).read_text(encoding="utf-8", errors="replace"))


def findings(sources: Sequence[Source]) -> Iterator[Finding]:
    """What the rules have to say about these files."""
    for source in sources:
        for rule in (*house.RULES, markup.literal_markup):
            yield from rule(source)
    for folder in ("src", "tests", "tools", "bench"):
        yield from sizes.sizes(sources, folder)
    yield from sizes.function_lengths(sources, "src")


def main() -> int:
    """Print the findings in order; 1 if there are any."""
    found = sorted(set(findings(tracked())))
    for finding in found:
        print(finding)
    print(f"house rules: {len(found) or 'no'} finding{'s' if len(found) != 1 else ''}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

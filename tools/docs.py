"""`python -m tools.docs`: the documents that are made from the program. With --check: exit 1 if one differs."""

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

TOP = Path(__file__).parents[1]
MADE = "<!-- Made from the program by `make docs`. Change it there. -->\n"


def roles() -> str:
    """Who may do what: the permission table."""
    from sage_tui.domain.permissions import READ_ONLY_MAY, TABLE

    def rows() -> Iterator[tuple[str, ...]]:
        for verb, permission in TABLE.items():
            needs = (
                ("admin mode", permission.admin_mode),
                ("a fresh code", permission.step_up),
                ("the host's command line", permission.host_only),
            )
            yield (
                f"`{verb.value}`", permission.says, permission.user.value, permission.admin.value,
                permission.super_admin.value, ", ".join(word for word, needed in needs if needed) or "–",
                "yes" if not permission.writes or verb in READ_ONLY_MAY else "no",
            )  # fmt: skip

    head = "# Who may do what\n\nReach: *everywhere*, the *own organization*, or oneself (*self*); – is not at all.\n"
    titles = ("act", "what it does", "user", "admin", "super_admin", "needs", "read-only too")
    return f"{head}\n{table(titles, rows())}"


def keys() -> str:
    """The keys, and the pages behind the numbers."""
    from sage_tui.tui.keys import KEYS
    from sage_tui.tui.pages import PAGES

    head = (
        "# Keys\n\nThe same key means the same thing everywhere. The footer shows those that act here and now,\n"
        "`?` all of them; what is greyed says why.\n"
    )
    shown = table(("key", "does"), ((f"`{key.shown}`", key.does) for key in KEYS))
    pages = table(("key", "page"), ((f"`{page.number}`", page.title) for page in PAGES))
    return f"{head}\n{shown}\n## Pages\n\n{pages}"


def commands() -> str:
    """The commands with options and examples."""
    from sage_tui.cli.docs import render

    return render()


def figures() -> str:
    """What every figure means and which sum it is, what the columns mean, and the words that filters know."""
    from sage_tui.domain.batch_fields import BATCH_COLUMNS, BATCHES
    from sage_tui.domain.columns import ACTIVITY_COLUMNS, AUDIT_COLUMNS, USER_COLUMNS, Column
    from sage_tui.domain.figures import FIGURES
    from sage_tui.domain.queries_fields import ACTIVITY, AUDIT, STATISTICS, USERS, Fields

    def columns(title: str, declared: tuple[Column, ...]) -> str:
        rows = ((f"`{column.key}`", column.title, column.unit.value, column.meaning or "–") for column in declared)
        return f"## {title}\n\n{table(('key', 'title', 'unit', 'meaning'), rows)}"

    def filters(title: str, fields: Fields) -> str:
        rows = ((f"`{field.name}`", field.meaning, f"`{field.example}`") for field in fields.values())
        return f"## Filters of {title}\n\n{table(('word', 'meaning', 'example'), rows)}"

    head = (
        "# Figures and filters\n\nTokens are whole numbers; `share` is per mille, rounded down; times are UTC.\n"
        "Words of a filter are joined by and, `-` before a word negates it, quotes keep spaces.\n"
    )
    rows = ((figure.title, figure.meaning, figure.sum) for figure in FIGURES)
    parts = [
        f"## Figures\n\n{table(('figure', 'what it means', 'it is'), rows)}",
        filters("statistics", STATISTICS),
        columns("Users", USER_COLUMNS), filters("users", USERS),
        columns("Activity", ACTIVITY_COLUMNS), filters("activity", ACTIVITY),
        columns("Audit", AUDIT_COLUMNS), filters("the audit", AUDIT),
        columns("Batches", BATCH_COLUMNS), filters("batches", BATCHES),
    ]  # fmt: skip
    return "\n".join([head, *parts])


DOCUMENTS: dict[str, Callable[[], str]] = {
    "docs/roles.md": roles,
    "docs/keys.md": keys,
    "docs/commands.md": commands,
    "docs/figures.md": figures,
}


def table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table; `|` in a cell is escaped."""
    heads = list(titles)
    lines = [heads, ["---"] * len(heads), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def whole(name: str) -> str:
    """A document as it should stand in its file."""
    return f"{MADE}\n{DOCUMENTS[name]().rstrip()}\n"


def differing(top: Path = TOP) -> list[str]:
    """The documents that are not what the program says."""
    return [
        name
        for name in DOCUMENTS
        if not (top / name).exists() or (top / name).read_text(encoding="utf-8") != whole(name)
    ]


def main(argv: list[str]) -> int:
    """Write, or with --check compare."""
    wrong = differing()
    if "--check" in argv:
        for name in wrong:
            print(f"{name}: differs from the program: run `make docs`")
        print(f"documents: {len(wrong) or 'none'} of {len(DOCUMENTS)} differ")
        return 1 if wrong else 0
    for name in wrong:
        (TOP / name).write_text(whole(name), encoding="utf-8")
        print(f"{name}: written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

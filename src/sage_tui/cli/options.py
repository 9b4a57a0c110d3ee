"""Options that several commands share, as Typer declares them."""

from typing import Annotated

import typer

Org = Annotated[str, typer.Option("--org", metavar="O", help="the organization, by name or number")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="say what would be done, and do nothing")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="why: goes into the audit")]
Yes = Annotated[bool, typer.Option("--yes", help="for a large act: the organization's name need not be typed")]
Query = Annotated[str, typer.Option("--query", metavar="Q", help="a filter, such as 'used>90% paid:yes'")]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, max=1_000_000, help="how many rows at most")]
Cursor = Annotated[
    str, typer.Option("--cursor", metavar="C", help="go on after this place: `next` of the answer before")
]

"""Strings that break software: a list of our own, and the big list where it lies beside the project."""

import json
from pathlib import Path

BIG = Path(__file__).parents[3] / "shared" / "data" / "naughty_strings.json"

OWN = [
    "", " ", "undefined", "null", "NaN", "Infinity", "-1", "1e1000", "0x7f", "２", "٣", "½", "1,000",
    "١٢٣", "true", "\\", "\\\\", "'", '"', "''", "`", "%s%s%n", "{0}", "{{x}}", "$(touch x)",
    "; DROP TABLE user;--", "' OR 1=1--", "<script>alert(1)</script>", "&lt;", "../../etc/passwd",
    "file\x00name", "con", "=1+1", "+1", "@SUM(A1)", "-2", "＝1", "\t=1", "\r", "\n", "a\nb", "\r\n",
    "\x1b[31mred\x1b[0m", "\x1b]52;c;aGk=\x07", "\x1b[5n", "\x9b31m", "\x07", "\x08", "\x7f", "\x0e",
    "\x85", "\u2028", "\u2029", "[bold]x[/bold]", "[/]", "[@click=app.quit]x[/]", "[link=x]", "[[", "]",
    "\u202etfel", "\u2066x\u2069", "\u200f", "\u061c", "a\u200bb", "\u200d", "\ufeff", "\u00ad",
    "\u034f", "\u115f", "\u3164", "\u2800", "\uffa0", "\u180e", "\U000e0041", "\ufe0f", "e\u0301",
    "Z" + "\u0351" * 50, "\u0e47" * 8, "田中さん", "مرحبا", "שלום", "नमस्ते", "ไทย", "👩‍👩‍👧", "🇦🇹", "👍🏽",
    "\U0001f468\u200d\u2695", "\ud800", "\udfff", "\ud83d\ude00", "\ufffe", "\uffff", "\ufffd",
    "\U0010ffff", "x" * 5_000, "ﷺ" * 30, "\u00a0", "\u3000", "–", "ß", "İ",
]  # fmt: skip
"""Numbers of other scripts, quotes, markup, controls, direction and invisible signs, halves, long text."""


def naughty() -> list[str]:
    """All of them, each once."""
    big = json.loads(BIG.read_text("utf-8")) if BIG.exists() else []
    return list(dict.fromkeys([*OWN, *big]))

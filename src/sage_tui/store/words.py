"""The index of words on SQLite: whose e-mail or name holds these three letters (speed.md, fact 7).

A full-text index of trigrams, kept by triggers, without positions: it gives people who may match, and the filter's
own condition says who does. Two marks end each text, so that every letter begins a trigram, the last ones too: a
text of one or two letters is asked for by the trigrams that begin with it.

PostgreSQL has its like in an extension, `pg_trgm`, which not every server has: there filters read the covering indexes.
"""

from sage_tui.domain.people import APART
from sage_tui.store.transaction import Tx

WHOLE = 3
"""Letters of a trigram."""

MOST = 64
"""Trigrams of one text that are asked for; the rest is left to the condition."""

BEGINNINGS = 200
"""Trigrams that may begin with one or two letters: more are no narrowing."""

SMALL = 20_000
"""People within the reach who are read as quickly as the index is asked."""

PEOPLE = (
    'SELECT u.id FROM user_word w CROSS JOIN "user" u WHERE w.user_word MATCH ? AND u.id = w.rowid AND {reach}'
    " AND ({sql})"
)
"""Ids of those who match, by the index first."""

_TEXT = "{0}.email_key || char(31) || {0}.name_key || char(31, 31)"
_PUT = f"INSERT INTO user_word (rowid, text) VALUES (NEW.id, {_TEXT.format('NEW')})"
_TAKE = f"INSERT INTO user_word (user_word, rowid, text) VALUES ('delete', OLD.id, {_TEXT.format('OLD')})"

SQLITE = (
    f'CREATE VIEW user_text AS SELECT u.id, {_TEXT.format("u")} AS text FROM "user" u',
    (
        "CREATE VIRTUAL TABLE user_word USING fts5(text, content='user_text', content_rowid='id',"
        " tokenize='trigram case_sensitive 1', detail=none, columnsize=0)"
    ),
    "CREATE VIRTUAL TABLE user_trigram USING fts5vocab(user_word, row)",
    f'CREATE TRIGGER user_word_put AFTER INSERT ON "user" BEGIN {_PUT}; END',
    f'CREATE TRIGGER user_word_take AFTER DELETE ON "user" BEGIN {_TAKE}; END',
    f'CREATE TRIGGER user_word_change AFTER UPDATE OF id, email_key, name_key ON "user" BEGIN {_TAKE}; {_PUT}; END',
)
"""The index is made again with: INSERT INTO user_word (user_word) VALUES ('rebuild')."""

NAMES = ("user_word_change", "user_word_put", "user_word_take")
"""The triggers."""


def question(tx: Tx, text: str) -> str | None:
    """What the index is asked for those who may hold a folded text: "" when nobody does, None when it cannot tell.

    A name is asked "first last" and kept "last, first": a text with spaces is asked by what stands between them.
    """
    if APART in text or "\0" in text:
        return None
    pieces = sorted(text.split(" "), key=len)
    trigrams = {piece[at : at + WHOLE] for piece in pieces for at in range(len(piece) - WHOLE + 1)}
    if trigrams:
        return " AND ".join(map(_quoted, sorted(trigrams)[:MOST]))
    return _beginnings(tx, pieces[-1]) if pieces[-1] else None


def _beginnings(tx: Tx, letters: str) -> str | None:
    """The trigrams that begin with one or two letters."""
    found = tx.tuples(
        f"SELECT term FROM user_trigram WHERE term >= ? AND term <= ? LIMIT {BEGINNINGS + 1}",
        (letters, letters + "\U0010ffff"),
    )
    return " OR ".join(_quoted(str(term)) for (term,) in found) if len(found) <= BEGINNINGS else None


def quick_without(tx: Tx, reach: str, values: tuple[int, ...]) -> bool:
    """Are few within the reach? Then all of them are read, whatever the word."""
    found = values and tx.tuples(f'SELECT 1 FROM "user" u WHERE {reach} LIMIT 1 OFFSET {SMALL}', values)
    return found == []


def few(tx: Tx, asked: str, most: int) -> bool:
    """Are there at most so many who may match?"""
    sql = f"SELECT count(*) FROM (SELECT 1 FROM user_word WHERE user_word MATCH ? LIMIT {int(most) + 1})"
    return int(tx.tuples(sql, (asked,))[0][0]) <= most


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'

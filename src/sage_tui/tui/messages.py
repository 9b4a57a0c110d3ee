"""What pages and widgets say upwards. They know nothing of who hears it."""

from textual.content import Content
from textual.message import Message


class OpenPage(Message):
    """Open a page of the panel, filtered."""

    def __init__(self, page: str, query: str | None = None, tab: str = "") -> None:
        super().__init__()
        self.page = page
        self.query = query
        self.tab = tab


class OpenPerson(Message):
    """Open one person's page."""

    def __init__(self, user_id: int) -> None:
        super().__init__()
        self.user_id = user_id


class Say(Message):
    """One sentence for the line above the footer; an empty one clears it."""

    def __init__(self, words: Content, *, bad: bool = False) -> None:
        super().__init__()
        self.words = words
        self.bad = bad


class Waiting(Message):
    """How many things wait, for the badge beside ≡; how many of them are requests, for the sidebar."""

    def __init__(self, number: int, requests: int | None = None) -> None:
        super().__init__()
        self.number = number
        self.requests = number if requests is None else requests


class GoBack(Message):
    """Leave this page for the one before."""

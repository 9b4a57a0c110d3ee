"""sage-tui: the admin panel of a GenAI platform's enterprise accounts, in the terminal."""

__version__ = "0.1.0"

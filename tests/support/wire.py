"""A wire to PostgreSQL that is cut at COMMIT: what a lost answer is, in truth and not by a stand-in."""

import socket
import threading
from contextlib import suppress
from enum import Enum, auto

from sqlalchemy.engine import URL


class Cut(Enum):
    """Where the next COMMIT of an act meets its end."""

    NOWHERE = auto()
    BEFORE = auto()
    """It never arrives."""
    AFTER = auto()
    """It is done, and its answer is lost."""
    LATE = auto()
    """The line is dead for the client; the server gets it when somebody asks about the act."""
    NEVER = auto()
    """The line is dead for the client, and the server waits for ever."""


class Wire:
    """Passes bytes on, between clients at `url` and the server, until it is cut."""

    def __init__(self, server: URL) -> None:
        self._server = server
        self._door = socket.create_server(("127.0.0.1", 0))
        self._held: list[tuple[socket.socket, bytes]] = []
        self.cut = Cut.NOWHERE
        self.open = True
        """Are new connections let through?"""
        port = self._door.getsockname()[1]
        query = {"sslmode": "disable", "gssencmode": "disable"}
        self.url = server.set(drivername="postgresql", host="127.0.0.1", port=port, query=query)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._door.close()
        for server, _ in self._held:
            _end(server)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._door.accept()
                if not self.open:
                    _end(client)
                    continue
                server = self._connect()
                threading.Thread(target=self._to_server, args=(client, server), daemon=True).start()

    def _connect(self) -> socket.socket:
        host = str(self._server.query.get("host") or self._server.host or "")
        port = self._server.port or 5432
        if not host.startswith("/"):
            return socket.create_connection((host, port))
        made = socket.socket(socket.AF_UNIX)
        made.connect(f"{host}/.s.PGSQL.{port}")
        return made

    def _to_server(self, client: socket.socket, server: socket.socket) -> None:
        answers = threading.Thread(target=_pass_on, args=(server, client), daemon=True)
        answers.start()
        numbered = False
        with suppress(OSError):
            while data := client.recv(65_536):
                numbered = numbered or b"INSERT INTO command" in data
                if numbered and b"COMMIT" in data and self.cut is not Cut.NOWHERE:
                    self._at_commit(client, server, data)
                    return
                server.sendall(data)
                if b"INSERT INTO command" in data and self.cut is Cut.NOWHERE:
                    self._release()
        _end(server)

    def _at_commit(self, client: socket.socket, server: socket.socket, data: bytes) -> None:
        cut, self.cut = self.cut, Cut.NOWHERE
        if cut is Cut.AFTER:
            # The server ends the transaction before it sees the end of the line: bytes come in order.
            client.shutdown(socket.SHUT_WR)
            server.sendall(data)
            server.shutdown(socket.SHUT_WR)
            with suppress(OSError):
                while server.recv(65_536):
                    pass
        if cut in (Cut.LATE, Cut.NEVER):
            self._held.append((server, data if cut is Cut.LATE else b""))
        else:
            _end(server)
        _end(client)

    def _release(self) -> None:
        for server, data in self._held:
            if data:
                server.sendall(data)


def _pass_on(server: socket.socket, client: socket.socket) -> None:
    with suppress(OSError):
        while data := server.recv(65_536):
            client.sendall(data)
    _end(client)


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()

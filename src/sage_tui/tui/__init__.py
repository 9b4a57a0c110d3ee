"""The console: Textual screens over the services."""

import os

# Unicode 16 made ☰ two cells wide; terminals in use (and their multiplexers) still draw it in one. A wrong guess
# shifts the whole line, so rich is held at the tables that they have. Who knows better sets the variable.
os.environ.setdefault("UNICODE_VERSION", "15.0.0")

"""The console: Textual screens over the services."""

import os

# Unicode 16 made signs such as U+2630 two cells wide; terminals in use (and their multiplexers) still draw one. A wrong
# guess shifts the whole line, so rich is held at the tables that they have. Who knows better sets the variable.
os.environ.setdefault("UNICODE_VERSION", "15.0.0")

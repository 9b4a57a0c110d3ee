"""`python -m sage_tui`: the command line, and without arguments on a terminal the console."""

from sage_tui.cli.main import main

if __name__ == "__main__":
    main()

"""House rules as small lint rules, each with a test that plants the fault it must find (house.md, "Tests")."""

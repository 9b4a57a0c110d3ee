"""The speed budgets, each against a floor that is measured in the same run (`make bench`, `make bench QUICK=1`)."""

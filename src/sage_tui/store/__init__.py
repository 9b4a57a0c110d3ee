"""The store: tables, transactions, migrations, windows. Only services may open this door."""

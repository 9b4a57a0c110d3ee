"""What people can do, one module a noun. The only door to the store.

Two kinds of function, told apart by their first argument: a *verb* takes `ctx` (permission, the one
transaction, dry run, audit); a *step* takes `tx` and joins. Verbs never call verbs.
"""

"""UI sessions: named lists of keys with what is expected after them; replayed live by `sage-tui demo --play NAME`."""

"""Rules and values of the product: no I/O, standard library only."""

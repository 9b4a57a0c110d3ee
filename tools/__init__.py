"""Tools of the house: lint rules and generated documents."""

"""Child: the process that opens what comes from outside. It may die at any time; only standard library and parsers."""

"""How fast a suite encodes, beside how well."""

"""Charts of the report, one module per family; every text on them comes from the catalogue."""

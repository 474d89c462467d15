"""From stock to offers: which SKUs press, what to promote and how deep, what to write off, and what can be shipped."""

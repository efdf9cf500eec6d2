"""Downloads of published tables: pure writers, one for each format, and one thin edge to CKAN."""

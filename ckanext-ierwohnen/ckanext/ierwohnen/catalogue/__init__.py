"""Catalogue: dataset types, vocabularies, facets and DCAT-AP.de metadata."""

"""Indicators: the catalogue of figures and the values computed from published tables."""

"""Cooperative housing planning on CKAN: one room per capability, see docs/architecture.md."""

__version__ = "0.1.0"

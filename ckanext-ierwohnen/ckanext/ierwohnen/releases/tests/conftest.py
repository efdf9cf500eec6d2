"""The store's own server for the tests of releases, and companies with stock in it."""

from ckanext.ierwohnen.vault.tests.conftest import cluster, store

__all__ = ["cluster", "store"]

"""Releases: the only way by which figures leave the protected store. See docs/releases.md."""

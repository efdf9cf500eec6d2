"""Confidential: rules, suppression and audit for safe aggregates. Imports neither CKAN nor a database."""

"""A housing company's own pages: its stock beside the city's, loading and deleting it, its ledger."""

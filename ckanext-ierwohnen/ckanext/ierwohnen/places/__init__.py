"""Places: spatial systems, levels, units, keys and geometry."""

"""Previews: map, chart and table views of a resource, and the same figures as page parts."""

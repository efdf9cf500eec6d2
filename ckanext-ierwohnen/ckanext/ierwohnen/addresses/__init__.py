"""Addresses of the city: the register, and the German writing of streets and house numbers."""

"""Set-up of a whole portal on Debian: what `./portal` does.

Standard library only, since it runs before anything is installed.
"""

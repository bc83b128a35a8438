"""The question of why one member did what it did: the run is played again and watched.

Imports `runs`.
"""

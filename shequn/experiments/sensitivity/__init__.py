"""The question of which parameters matter, luck set apart: screening and indices.

Imports `perform`, `designs` and `runs`.
"""

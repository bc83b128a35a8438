"""The questions of sweep, compare and branch: points and arms on the same people and luck.

Paired differences, survival, and sentences about them. Imports `perform`, `designs` and `runs`.
"""

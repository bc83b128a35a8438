"""The questions, in rooms of their own; each says in its first lines what it holds and may import.

Every question is a plan of runs, carried out by `perform` with the help of `crews`, and kept by
`runs`. Imports `shequn.model` and below.
"""

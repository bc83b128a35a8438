"""The pictures: one style and one module per figure.

Results reach them through one door, `pictures`. Imports `experiments` and below.
"""

"""Who computes runs: threads, processes, a cluster.

A crew takes jobs and gives results in whatever order; the bits are the same. Imports `runs`.
"""

"""The world: scenario and parameters, contacts, one day of one group, midnight, the community.

Imports `agents`.
"""

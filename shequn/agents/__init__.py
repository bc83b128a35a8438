"""Who lives here: members, the operator, the seven verbs, and the tables they live in.

Also what all rooms need: keyed draws, errors, compilation. Imports no other room.
"""

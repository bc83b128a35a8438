"""Who lives here: members, the operator, the seven verbs, and the tables they live in."""

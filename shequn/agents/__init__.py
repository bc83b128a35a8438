"""Who lives here: members, the operator, the six verbs, and the tables they live in."""

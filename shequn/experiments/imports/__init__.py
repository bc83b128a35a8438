"""Records of one's own groups, made of what chat programs export; neither texts nor names are kept.

Each format has a module of its own; they share how files are opened (`sources`), how dates, marks of
a text and system lines are read, and where it all goes (`collector`, `folder`).
"""

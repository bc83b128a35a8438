"""Records of groups of one's own, made of what chat programs export; no text and no name is kept.

Each format has a module of its own. They share how files are opened (`sources`), how dates, marks
of a text and notices of a program are read, and where it all goes (`collector`, `folder`).
"""

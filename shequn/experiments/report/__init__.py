"""A folder told on one page: what it holds as facts, and the facts as sentences.

`folder` opens it, `facts` reckons from its tables, `templates` has every sentence in two languages,
`sentences` chooses among them, `page` puts them in order; `shequn.views` makes HTML of the page.
"""

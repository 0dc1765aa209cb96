"""The dashboard: choose a place, move levers, see what changes.

`choices` is what can be chosen, `desk` the work of one browser session, `charts` and its neighbours what is
shown; none of them knows the web framework.  `page` puts them on a page, `server` serves it.
"""

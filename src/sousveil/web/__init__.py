"""Reading and writing the register over HTTP: server-made pages that work without a script, each of them also as JSON.

`outer.py` answers first: prepared bytes, files of the log, limits, headers. What is left goes to Django. `pages/` holds one
file a page; each gives a page for people, an operation of the API and its part of the OpenAPI description. Nothing here is
imported by other verbs than `serve` and `export site`.
"""

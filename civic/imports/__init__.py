"""Taking files in: read a table, guess its columns, preview, work in the background, undo.

What is the same for a backlog of requests and a register of volunteers. An app says with an `Importer`
(civic.imports.importer) what its rows mean, and has its own tables after the models here.
"""

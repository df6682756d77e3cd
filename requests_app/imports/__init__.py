"""Taking a district's backlog in: read a file, guess its columns, preview, import in the background, undo."""

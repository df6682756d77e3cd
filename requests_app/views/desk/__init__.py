"""Pages of the desk: the queue, one request, its verbs, on-behalf entry, volunteers."""

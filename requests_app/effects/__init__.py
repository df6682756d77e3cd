"""What follows from each verb: called by the write door with the request's row locked."""

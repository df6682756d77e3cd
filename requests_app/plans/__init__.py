"""Batch plans of a backlog: which requests, computing, pins and bans, and asking the people chosen."""

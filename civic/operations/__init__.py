"""Keeping an installation at work: what is examined (`ground`, `work`), and who is shown it: machines and people.

The doctor (`manage.py doctor`) prints the same list.
"""

"""The batch plan: who should take what, over a whole backlog at once.

Pure functions over numbers: no models, no database, no clock. `problem` says what a plan has to keep, `flow` finds
the best one, `greedy` stands in where the solver cannot run, `online` decides one arrival at a time.
"""

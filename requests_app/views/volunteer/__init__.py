"""The volunteer's pages: offers, tasks, and what is done on a task."""

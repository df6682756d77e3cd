"""Forms of the desk; parsing only, the rules stand in requests_app.actions and the table."""

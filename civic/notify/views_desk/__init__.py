"""The console's pages of messages: wordings, and what could not be delivered."""

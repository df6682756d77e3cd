"""The pages of volunteers about themselves."""

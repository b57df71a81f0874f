"""Which keys a database is sealed with, and how they are changed while people work in it."""

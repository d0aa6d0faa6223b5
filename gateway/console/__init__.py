"""The console: pages on which officers do their work. They call the API in the officer's name, and add no rights."""

"""The console, in a mesh in memory."""

"""The demo: one story played against the running mesh over HTTP. The demo verifies every signed answer itself."""

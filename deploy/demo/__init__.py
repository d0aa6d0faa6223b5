"""One story played against the running mesh over HTTP, every answer verified again by the teller."""

"""What touches the insides of a framework; a test names the versions for which it holds."""

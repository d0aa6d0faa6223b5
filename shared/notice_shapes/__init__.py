"""The shapes of the public notices API, as INTERPOL's own has them: of its answers, and of files of notices."""

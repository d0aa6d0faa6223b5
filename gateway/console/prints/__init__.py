"""The pages of fingerprints: enrolment, candidates for a print, and two prints side by side."""

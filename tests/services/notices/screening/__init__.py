"""The screening of notices, and the labelled requests on which it is measured."""

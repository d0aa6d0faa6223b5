"""The automated screening of notices: data (terms, patterns, provisions) and a small engine. No input or output."""

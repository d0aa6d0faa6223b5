"""The pages of the Commission for the Control of Files. For all others there are no such pages."""

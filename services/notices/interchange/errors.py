"""What is wrong with a line of a file of notices."""


class LineRefused(Exception):
    """A line cannot be read as a notice; the message says where and why, without repeating what stands there."""

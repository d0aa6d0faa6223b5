"""Counterparts: bureaus of a sandbox that act by a script, honestly or not, towards the bureau that is tested.

A counterpart is the bureau itself, with its keys, mailbox and connection. Does NOT change what any other bureau does.
"""

"""The search: one box over all registers. It reads what is typed, asks each register that may know it, and shows hits.

`reading` reads the text, `question` says what is asked, `sources` of which registers, `asking` asks them,
`received_answers`, `received_hits` and `comparing` read what they say, `answers` and `hits` are what came of it,
`outcome` sums it up, `pages` shows it. `confirmations` asks owners, `by_picture` searches with an image.
"""

"""How like two pictures are: keys by which candidates are read, and points that are compared one by one.

Files of strangers are decoded, and pictures compared, by processes of their own: see `reader.py`.
"""

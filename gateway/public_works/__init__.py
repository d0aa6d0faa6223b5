"""The public register of works of art: what anyone asks for due diligence, answered in the name of the public."""

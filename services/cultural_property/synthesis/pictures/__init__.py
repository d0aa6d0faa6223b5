"""Pictures of works of art that do not exist, drawn in several styles, and photographs taken of them again."""

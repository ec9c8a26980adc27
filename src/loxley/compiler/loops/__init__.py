"""Loop nests (`ir.loops`): their text, their rules, and what they mean."""

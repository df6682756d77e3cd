"""What a request may be about, from its words alone: a suggestion that somebody at the desk takes up or leaves.

Top to bottom: suggestions > store | keywords > learning > model > training > ngrams.
"""

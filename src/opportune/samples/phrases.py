"""What the sample shop's customers say, where, and on what. Tables only."""

NETWORKS = ("facebook", "instagram", "tiktok", "pinterest", "linkedin", "youtube")
ENGAGEMENTS = ("follow", "like", "comment", "share", "message")
TOPICS = ("delivery", "damaged", "returns", "invoice", "product")
"""Of tickets and calls."""
REVIEWS = (
    ("Broken when it arrived, and nobody answered.", "Not at all what the picture shows."),
    ("Disappointing for the price.", "Came late, and one piece was missing."),
    ("All right, nothing special.", "Fine, though smaller than I thought."),
    ("Good quality, I would buy it again.", "Lovely. Delivery took a little long."),
    ("Even nicer than in the picture!", "My second one already. We love it.", "Perfect, and beautifully packed."),
)
"""By rating, from 1."""
ANSWERS = (
    ("I waited three weeks and heard nothing.", "Support never answered.", "The quality is not what it was."),
    ("Good things, but shipping is dear.", "Fine so far."),
    ("I tell all my friends about you.", "Always a pleasure.", "Quick, friendly, beautiful things."),
)
"""With a score of 0-6, 7-8, 9-10."""

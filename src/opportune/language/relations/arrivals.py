"""Relations that live only while a load runs: what arrives, between the log and the stored relations.

They are temporary tables of one connection, made in this order; the rooms `events` and `customers` meet in them.
"""

LINES = "arriving_lines"
"""Every line of the segments in log order (its rowid is its position), read but not judged, with `refused`, the reason why it
cannot be stored, or null: call, event_id, user_id, anonymous_id, previous_id, name, ts, has_ts, received_at, properties,
traits, is_imported, is_clamped, is_foretold, refused, source, file."""

ACCEPTED = "accepted_calls"
"""position, call_hash: the first line of each call that was never accepted before."""

REPEATED = "repeated_calls"
"""position: lines whose call was accepted before, here or in an earlier load."""

ARRIVALS = "arrivals"
"""The accepted lines: position and the columns of LINES."""

NAMED = "named_identities"
"""identity, identity_key, place, known_place, is_new, was_known: the ids arrivals name. `place` orders their first mention
(three to a position); `known_place` is that of the first mention as a userId, null when there is none here."""

CANDIDATES = "link_candidates"
"""position, event_id, from_key, to_key, ts, received_at: links that may be stored."""

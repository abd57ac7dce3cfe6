"""Relations that live only while a load runs: what arrives, between the log and the stored relations.

They are temporary tables of one connection, made in this order; the rooms `events` and `customers` meet in them.
"""

LINES = "arriving_lines"
"""Every line of the segments in log order (its rowid is its position), read but not judged, with `refused`, the reason why it
cannot be stored, or null: call, event_id, user_id, anonymous_id, previous_id, name, ts, has_ts, received_at, properties,
traits, is_imported, is_clamped, is_foretold, is_clicked, is_parting, email, phone, owner_id, told, is_odd, foreign_email,
id_given, refused, source, file. `email` and `phone` are the ids of addresses; `owner_id`, the highest of a line's ids, is the one it
is stored under. And what `stages.events.surroundings` says of where a call comes from."""

ACCEPTED = "accepted_calls"
"""position, call_hash: the first line of each call that was never accepted before."""

REPEATED = "repeated_calls"
"""position: lines whose call was accepted before, here or in an earlier load."""

ARRIVALS = "arrivals"
"""The accepted lines: position and the columns of LINES."""

NAMED = "named_identities"
"""identity, identity_key, place, known_place, is_new, was_known: the ids arrivals name. `place` orders their first mention
(MENTIONS to a position); `known_place` is that of the first mention as a userId, null when there is none here."""

MENTIONS = 5
"""Ids that one call may name: of a user, a device, a previous one, an address, a number."""

CLAIMED = "claimed_addresses"
"""position, event_id, identity_key, address_hash, is_phone, ts, received_at: what users told as their addresses in ARRIVALS, within the
limits."""

CANDIDATES = "link_candidates"
"""place, event_id, from_key, to_key, ts, received_at, rank, is_to_user: links that may be stored; `place` is unique and in log order
(`position * PLACES` and more), negative for what was told before and counts only now."""

PLACES = 8
"""Candidates that one call may make, at most."""

RELAID = "relaid_identities"
"""from_key: identities whose links or whose links' ends were linked anew."""

"""Who is who by a log of calls, read one after another: what the issue's rules say, without a thought of how they are stored."""

from dataclasses import dataclass, field

from opportune.language.vocabulary.addresses import EMAIL, PHONE, normal_email, normal_phone
from opportune.language.vocabulary.identity import IdentityRules, Rank
from opportune.language.vocabulary.instants import parse_instant


@dataclass(frozen=True)
class Said:
    """That `lower` is whose `higher` is, None: no longer, by a call."""

    rank: int
    ts: int
    event_id: str
    lower: str
    higher: str | None
    received_at: int


@dataclass
class Reading:
    """What the calls read so far said."""

    rules: IdentityRules
    said: list[Said] = field(default_factory=list)
    claims: list[Said] = field(default_factory=list)
    users: set[str] = field(default_factory=set)
    away: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    """Those that are ids."""
    unlinked: int = 0

    def read(self, call: dict) -> None:
        """One call, in the order of the log."""
        given = [call.get(name) for name in ("userId", "anonymousId", "previousId")]
        told = [self.address(each) for each in given] + [
            self.trait(call, "email", normal_email, EMAIL),
            self.trait(call, "phone", normal_phone, PHONE),
        ]
        email = next((each for each in told if each and each.startswith(EMAIL)), None)
        phone = next((each for each in told if each and each.startswith(PHONE)), None)
        user, anonymous, previous = (None if self.is_none(each) else each for each in given)
        device = previous if call["type"] == "alias" else anonymous
        if call.get("event") == "Identity Unlinked":
            parted = call["properties"]["previous_id"]
            self.addresses |= {self.address(parted)} - {None}
            self.say(call, Rank.USER, self.address(parted) or parted, None)
        elif user:
            for address in (email, phone):
                if address:
                    self.claim(call, address, user)
            if device and device != user:
                self.link(call, Rank.CLICK if call.get("source") == "opportune.clicks" else Rank.USER, device, user)
            self.users.add(user)
        elif email or phone:
            self.addresses |= {email, phone} - {None}
            owner = email or phone
            if device:
                clicked = call.get("source") == "opportune.clicks"
                self.link(call, Rank.CLICK if clicked else Rank.EMAIL if email else Rank.PHONE, device, owner)
            if email and phone:
                self.link(call, Rank.BOTH, phone, email)

    def address(self, said: object) -> str | None:
        """The id of an address that stands where ids do."""
        for prefix, normal in ((EMAIL, normal_email), (PHONE, normal_phone)):
            if isinstance(said, str) and said.lower().startswith(prefix):
                found = normal(said[len(prefix) :])
                return None if found is None or self.is_blocked(found) else prefix + found
        return None

    def trait(self, call: dict, name: str, normal: object, prefix: str) -> str | None:
        """The id of an address that an identify tells."""
        said = call.get("traits", {}).get(name) if call["type"] == "identify" else None
        found = normal(said) if isinstance(said, str) else None  # type: ignore[operator]
        return None if found is None or self.is_blocked(found) else prefix + found

    def is_none(self, said: object) -> bool:
        return not isinstance(said, str) or said.lower().startswith((EMAIL, PHONE)) or self.is_blocked(said)

    def is_blocked(self, said: str) -> bool:
        return said.strip().lower() in self.rules.blocked

    def claim(self, call: dict, address: str, user: str) -> None:
        kind = address.partition(":")[0]
        hers = {each.lower for each in self.claims if each.higher == user and each.lower.startswith(kind)}
        if address not in hers and len(hers) >= getattr(self.rules, kind):
            self.unlinked += 1
            return
        if user not in self.away:
            self.claims.append(self.as_said(call, Rank.CLAIM, address, user))

    def link(self, call: dict, rank: int, lower: str, higher: str) -> None:
        if lower in self.users or higher in self.away - self.addresses:
            return
        kind = "phone" if rank == Rank.BOTH else "anonymous"
        held = (each for each in self.said if not each.lower.startswith("ref:"))
        others = {each.lower for each in held if each.higher == higher and (each.rank == Rank.BOTH) == (rank == Rank.BOTH)}
        if not lower.startswith("ref:") and lower not in others and len(others) >= getattr(self.rules, kind):
            self.unlinked += 1
            return
        self.away.add(lower)
        self.say(call, rank, lower, higher)

    def say(self, call: dict, rank: int, lower: str, higher: str | None) -> None:
        self.said.append(self.as_said(call, rank, lower, higher))

    def as_said(self, call: dict, rank: int, lower: str, higher: str | None) -> Said:
        ts, received = parse_instant(call["timestamp"]), parse_instant(call["receivedAt"])
        return Said(rank, ts, call["messageId"], lower, higher, received)

    def owner(self, identity: str, at: int, seen: int) -> str:
        """Whose an id is at a pair."""
        counting = []
        every = [*self.said, *(each for each in self.claims if each.lower in self.addresses)]
        for each in sorted(every, key=lambda said: (said.ts, said.event_id)):
            if each.lower == identity and each.ts <= at and each.received_at <= seen:
                counting = [*counting, each] if each.higher is not None else []
        best = min(counting, key=lambda said: (said.rank, said.ts, said.event_id), default=None)
        return identity if best is None else self.owner(best.higher, at, seen)
